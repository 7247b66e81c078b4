import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { freshEnvironment, freshPlayer, type TestPlayer } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { jsonOf, noise, noiseStream, sendBytes, sha256 } from '../../testing/raw-saves.js'
import { WriteAnswer } from './schema.js'

const stack = inject('stack')
const mebibyte = 1_048_576
let player: TestPlayer

beforeAll(async () => {
  player = await freshPlayer(await freshEnvironment(stack))
})

const urlOf = (slot: string) => `${stack.api_url}/api/v1/saves/me/${slot}`
const put = (
  slot: string,
  body: Parameters<typeof sendBytes>[3],
  headers: Record<string, string> = {},
) => sendBytes('PUT', urlOf(slot), { 'content-type': 'a/b', ...player.headers, ...headers }, body)
const get = (slot: string, headers: Record<string, string> = {}) =>
  sendBytes('GET', urlOf(slot), { ...player.headers, ...headers })
const getBytes = (slot: string) => get(slot, { accept: 'application/octet-stream' })

describe('streams', () => {
  test('64 MiB go in as they come, without a length, and come back by ranges', {
    timeout: 120_000,
  }, async () => {
    const { stream, hash } = noiseStream(64, 7)
    const answer = await put('streamed', stream)
    expect(answer.status, String(answer.bytes)).toBe(201)
    const { save } = WriteAnswer.parse(jsonOf(answer))
    expect([save.size, save.hash]).toEqual([64 * mebibyte, hash().toString('hex')])
    const read = await getBytes('streamed')
    expect(sha256(read.bytes).toString('hex')).toBe(save.hash)
    for (const [start, length] of [
      [0, 10],
      [1_048_570, 12],
      [20_000_000, 3_000_000],
      [67_108_000, 864],
    ] as const) {
      const end = start + length
      const part = await get('streamed', { range: `bytes=${start}-${end - 1}` })
      expect(part.status).toBe(206)
      expect(part.bytes.equals(read.bytes.subarray(start, end))).toBe(true)
    }
  })

  /** Sends the beginning of a request by hand; what comes back until the connection is closed. */
  function byHand(
    slot: string,
    lines: string[],
    body: Uint8Array,
    thenEnd: boolean,
    line = `PUT /api/v1/saves/me/${slot}`,
  ) {
    const { hostname, port, host } = new URL(stack.api_url)
    return new Promise<string>(resolve => {
      let text = ''
      const socket = connect(Number(port), hostname)
      const own = Object.entries(player.headers).map(([name, value]) => `${name}: ${value}`)
      const head = [`${line} HTTP/1.1`, `host: ${host}`, ...own, ...lines]
      socket.write(`${head.join('\r\n')}\r\n\r\n`)
      socket.write(body, () => {
        if (thenEnd) void setTimeout(100).then(() => socket.destroy())
      })
      socket.on('data', chunk => {
        text += chunk.toString()
      })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(text))
    })
  }

  test('a sender who goes away in the middle leaves no version behind', async () => {
    const type = 'content-type: application/octet-stream'
    await byHand('aborted', [type, 'content-length: 9000000'], noise(2_000_000), true)
    await setTimeout(300)
    expect((await get('aborted')).status).toBe(404)
    expect((await put('aborted', noise(9), { 'if-none-match': '*' })).status).toBe(201)
  })

  test('E10: what is longer than any file is refused at its first line', async () => {
    const lines = ['content-type: a/b', 'content-length: 1073741825', 'connection: close']
    const text = await byHand('long', lines, noise(9), false)
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    expect(text).toContain('body_too_large')
  })

  test('a refused stream does not leave its connection hanging', { timeout: 20_000 }, async () => {
    await put('refusing', noise(9))
    const lines = ['content-type: a/b', 'content-length: 50000000', 'if-none-match: *']
    const text = await byHand('refusing', lines, noise(1_000_000), false)
    expect(text).toMatch(/^HTTP\/1\.1 409 /)
  })

  test('E2: a sender who falls silent is cut off with 408', { timeout: 45_000 }, async () => {
    const startedAt = performance.now()
    const length = 'content-length: 50000'
    const [bytes, type, json] = [
      noise(1_000),
      'content-type: a/b',
      'content-type: application/json',
    ]
    const texts = await Promise.all([
      byHand('silent', [type, length], bytes, false),
      byHand('', [json, length], bytes, false, 'POST /api/v1/saves/me'),
    ])
    for (const text of texts) {
      expect(text).toMatch(/^HTTP\/1\.1 408 /)
      expect(text).toContain('"code":"request_timeout"')
    }
    expect(performance.now() - startedAt).toBeLessThan(40_000)
    expect((await get('silent')).status).toBe(404)
  })
})
