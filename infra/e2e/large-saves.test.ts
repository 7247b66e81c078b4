import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { freshEnvironment, freshPlayer, type TestPlayer } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { freePort } from '../../apps/api/src/testing/free-port.js'
import { jsonOf, noise, noiseStream, sendBytes } from '../../apps/api/src/testing/raw-saves.js'
import { uploaderOf } from '../../apps/api/src/testing/upload-client.js'
import { type ApiProcess, apiProcess } from './chaos/saves/api-process.js'

/** Files that are larger than what an API process should ever hold, and processes that die under them. */

const stack = inject('stack')
const mebibyte = 1_048_576
const mebibytes = 300
let api: ApiProcess
let url = ''
let player: TestPlayer

beforeAll(async () => {
  const port = await freePort()
  api = apiProcess({
    name: 'api-of-large-saves',
    port,
    stack,
    databaseUrl: stack.app_database_url,
    s3Endpoint: stack.s3.endpoint,
  })
  url = `http://127.0.0.1:${port}`
  player = await freshPlayer(await freshEnvironment(stack))
  await api.start()
})
afterAll(() => api.kill())

/** What the system says the process holds, in bytes. */
function residentBytes(): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(api.pid)], { encoding: 'utf8' })
  return Number(stdout.trim()) * 1_024
}

/** The most that the process holds while something is done. */
async function peakDuring(work: () => Promise<void>): Promise<number> {
  let [peak, isOver] = [residentBytes(), false]
  const done = work().finally(() => {
    isOver = true
  })
  while (!isOver) {
    peak = Math.max(peak, residentBytes())
    await setTimeout(100)
  }
  await done
  return peak
}

async function put(slot: string, count: number, seed: number): Promise<string> {
  const { stream, hash } = noiseStream(count, seed)
  const headers = { ...player.headers, 'content-type': 'application/octet-stream' }
  const answer = await sendBytes('PUT', `${url}/api/v1/saves/me/${slot}`, headers, stream)
  expect(answer.status, String(answer.bytes)).toBe(201)
  const own = hash().toString('hex')
  expect(jsonOf(answer).save).toMatchObject({ size: count * mebibyte, hash: own })
  return own
}

async function hashOfRead(slot: string): Promise<string> {
  const headers = { ...player.headers, accept: 'application/octet-stream' }
  const { body } = await fetch(`${url}/api/v1/saves/me/${slot}`, { headers })
  const sum = createHash('sha256')
  for await (const piece of body ?? []) sum.update(piece)
  return sum.digest('hex')
}

test('a file passes through an API process in both directions without staying in its memory', {
  timeout: 180_000,
}, async () => {
  // What every process comes to hold once it has worked: code, caches, connections.
  await put('warm', 40, 1)
  await hashOfRead('warm')
  const before = residentBytes()
  let hash = ''
  const writing = await peakDuring(async () => {
    hash = await put('large', mebibytes, 100)
  })
  const reading = await peakDuring(async () => {
    expect(await hashOfRead('large')).toBe(hash)
  })
  const grown = [writing, reading].map(peak => Math.round((peak - before) / mebibyte))
  expect(before).toBeGreaterThan(0)
  expect(Math.max(...grown), `MiB while writing and reading: ${grown}`).toBeLessThan(150)
})

test('an upload outlives the process that took its parts, killed at any point', {
  timeout: 120_000,
}, async () => {
  const bytes = noise(40 * mebibyte, 77)
  const it = uploaderOf(url, player.headers, 'me', 'killed')
  const { upload } = await it.begun(bytes, { base_version: 0 })
  const acknowledged = new Set<number>()
  for (let round = 0; round < 3; round++) {
    const missing = Array.from({ length: upload.parts }, (_, at) => at + 1).filter(
      part => !acknowledged.has(part),
    )
    const sending = missing.map(async part => {
      const body = it.partOf(bytes, upload, part)
      const answer = await it.put(upload.upload_id, part, body).catch(() => undefined)
      if (answer?.status === 200) acknowledged.add(part)
    })
    if (round < 2) {
      await setTimeout(150 + 200 * round)
      await api.kill()
    }
    await Promise.all(sending)
    if (round < 2) await api.start()
    const { received } = jsonOf(await it.show(upload.upload_id)).upload
    expect(received).toEqual(expect.arrayContaining([...acknowledged]))
    for (const part of received) acknowledged.add(part)
  }
  for (const waitMs of [5, 60, 200]) {
    const completing = it.complete(upload.upload_id).catch(() => undefined)
    await setTimeout(waitMs)
    await api.kill()
    await completing
    await api.start()
  }
  const answer = await it.complete(upload.upload_id)
  expect(answer.status, String(answer.bytes)).toBe(201)
  const own = createHash('sha256').update(bytes).digest('hex')
  expect(jsonOf(answer).save).toMatchObject({ version: 1, hash: own })
  expect(await hashOfRead('killed')).toBe(own)
})
