import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { diceOf } from './dice.js'
import type { HttpFault } from './http-fault.js'
import { type HttpProxy, startHttpProxy } from './http-proxy.js'
import { flippedBit, shortened, stale, swapping, zeros } from './s3-lies.js'

let target: Server
let heard: string[]
let next: HttpFault
let proxy: HttpProxy

beforeAll(async () => {
  target = createServer(async (request, response) => {
    let body = ''
    try {
      for await (const chunk of request) body += String(chunk)
    } catch {
      heard.push(`${request.method} broken off`)
      return
    }
    heard.push(`${request.method} ${request.url} ${body}`)
    response.end(`answer to ${request.url}`)
  })
  target.listen(0, '127.0.0.1')
  await once(target, 'listening')
})
afterAll(() => {
  target.closeAllConnections()
  target.close()
})

beforeEach(async () => {
  heard = []
  next = { kind: 'none' }
  const address = target.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  proxy = await startHttpProxy({ target: () => port, faultOf: () => next })
})
afterEach(() => proxy.close())

async function ask(path = '/a', body = 'hello'): Promise<string> {
  try {
    const response = await fetch(`${proxy.url}${path}`, { method: 'POST', body })
    return `${response.status} ${await response.text()}`
  } catch {
    return 'no answer'
  }
}

async function get(path: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(`${proxy.url}${path}`)).arrayBuffer())
}

test.each<[HttpFault, string, string[]]>([
  [{ kind: 'none' }, '200 answer to /a', ['POST /a hello']],
  [{ kind: 'slow', ms: 5 }, '200 answer to /a', ['POST /a hello']],
  [{ kind: 'refused', status: 503 }, '503 ', []],
  [{ kind: 'cut' }, 'no answer', []],
  [{ kind: 'request cut', share: 0.5 }, 'no answer', ['POST broken off']],
  [{ kind: 'answer cut', share: 0.5 }, 'no answer', ['POST /a hello']],
  [{ kind: 'answer lost' }, 'no answer', ['POST /a hello']],
  [{ kind: 'late', ms: 5 }, 'no answer', ['POST /a hello']],
  [{ kind: 'twice' }, '200 answer to /a', ['POST /a hello', 'POST /a hello']],
])('does to a request what it is told: %o', async (fault, answered, through) => {
  next = fault
  expect(await ask()).toBe(answered)
  await proxy.settled()
  // What was broken off is seen by the target a moment later.
  await expect.poll(() => heard).toEqual(through)
})

test('tells the lies of a store without a checksum that gives them away', async () => {
  const honest = Buffer.from('answer to /a')
  next = flippedBit(3)
  const flipped = await get('/a')
  expect([flipped.length, flipped.equals(honest)]).toEqual([honest.length, false])
  next = shortened(0.5)
  expect((await get('/a')).toString()).toBe('answer')
  next = zeros()
  expect((await get('/a')).equals(Buffer.alloc(honest.length))).toBe(true)
  next = stale()
  expect((await get('/a')).toString()).toContain('NoSuchKey')
  const swapped = swapping()
  next = swapped()
  expect((await get('/a')).toString()).toBe('answer to /a')
  expect((await get('/b')).toString()).toBe('answer to /a')
})

test('repeats the draws of a seed, and gives each name its own', () => {
  const row = (...seed: string[]) => {
    const dice = diceOf(...seed)
    return Array.from({ length: 20 }, () => dice.below(1_000))
  }
  expect(row('7', 'link')).toEqual(row('7', 'link'))
  expect(row('7', 'link')).not.toEqual(row('7', 'other link'))
  expect(row('7', 'link')).not.toEqual(row('8', 'link'))
  expect(diceOf('x').shuffle([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4])
  const weighted = Array.from({ length: 200 }, (_, index) =>
    diceOf('w', index).weighted([
      [9, 'often'],
      [1, 'seldom'],
    ]),
  )
  expect(weighted.filter(each => each === 'often').length).toBeGreaterThan(150)
})
