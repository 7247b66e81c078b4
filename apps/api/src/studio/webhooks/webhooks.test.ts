import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { z } from 'zod'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { pauseMs } from './courier.js'

const stack = inject('stack')
let environment: TestEnvironment
let studio: Caller
let stored: Stored

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  const bearer = { authorization: `Bearer ${environment.memberToken}` }
  studio = (method, path, json, headers) =>
    callerOf(environment.apiUrl, bearer)(
      method,
      `/studio/environments/${environment.environmentId}/webhooks${path}`,
      json,
      headers,
    )
  stored = openStored(stack)
})

interface Received {
  headers: IncomingHttpHeaders
  body: string
}

/** A studio's receiver: answers what it is told to, and keeps what it got. */
interface Receiver {
  url: string
  got: Received[]
  answer: { status: number; afterMs: number; bytes: number; location?: string }
}

const servers: Server[] = []
afterAll(async () => {
  await stored.close()
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: '', got: [], answer: { status: 200, afterMs: 0, bytes: 0 } }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      receiver.got.push({ headers: request.headers, body })
      const { status, afterMs, bytes, location } = receiver.answer
      setTimeout(() => {
        response.writeHead(status, location === undefined ? {} : { location })
        response.end(Buffer.alloc(bytes))
      }, afterMs)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  return receiver
}

const Made = z.object({
  endpoint: z.object({ id: z.string(), enabled: z.boolean() }),
  secret: z.string(),
})

async function addEndpoint(url: string, events: string[] = []) {
  const answer = await studio('POST', '', { url, events })
  expect(answer.status).toBe(201)
  const { endpoint, secret } = Made.parse(answer.body)
  return { id: endpoint.id, secret }
}

const sendTest = async (id: string) =>
  z.object({ event_id: z.string() }).parse((await studio('POST', `/${id}/test`)).body).event_id

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await wait(100)
  }
  throw new Error('it did not happen within a minute')
}

const Deliveries = z.object({
  items: z.array(
    z.object({
      event_id: z.string(),
      state: z.string(),
      attempts: z.int(),
      last_status: z.int().nullable(),
      last_error: z.string().nullable(),
    }),
  ),
  next_cursor: z.string().nullable(),
})

const deliveryOf = async (id: string, eventId: string) =>
  Deliveries.parse((await studio('GET', `/${id}/deliveries?limit=100`)).body).items.find(
    item => item.event_id === eventId,
  )
const attempted = (id: string, eventId: string, attempts = 1) =>
  until(async () => {
    const delivery = await deliveryOf(id, eventId)
    return delivery !== undefined && delivery.attempts >= attempts ? delivery : undefined
  })
const makeDue = (id: string) =>
  stored.rows('UPDATE webhook_delivery SET due_at = now() WHERE endpoint_id = $1', id)

// A courier may be busy with many others, on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

describe('an event', () => {
  test('I2: arrives signed so that an independent library verifies it, and refuses it changed or old', async () => {
    const receiver = await startReceiver()
    const { id, secret } = await addEndpoint(receiver.url)
    const eventId = await sendTest(id)
    const { headers, body } = await until(() => receiver.got[0])
    const signed = {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    }
    expect(signed['webhook-id']).toBe(eventId)
    expect(new Webhook(secret).verify(body, signed)).toMatchObject({
      type: 'webhook.test',
      data: { endpoint_id: id },
    })
    expect(() => new Webhook(secret).verify(body.replace('test', 'tost'), signed)).toThrow()
    const old = { ...signed, 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 301) }
    expect(() => new Webhook(secret).verify(body, old)).toThrow()
    expect((await attempted(id, eventId)).state).toBe('delivered')
  })

  test('goes to the endpoints that asked for its kind, and comes with the change it tells of', async () => {
    const receiver = await startReceiver()
    const { id } = await addEndpoint(receiver.url, ['player.erased'])
    const other = await addEndpoint((await startReceiver()).url, ['player.banned'])
    await sendTest(id)
    await until(() => receiver.got[0])
    const of = async (endpoint: string) =>
      Deliveries.parse((await studio('GET', `/${endpoint}/deliveries`)).body).items.length
    expect([await of(id), await of(other.id)]).toEqual([1, 0])
  })

  test('tells of a new player once, and of none that was not made', async () => {
    const receiver = await startReceiver()
    await addEndpoint(receiver.url, ['player.registered'])
    const player = await freshPlayer(environment)
    const { body } = await until(() => receiver.got[0])
    expect(JSON.parse(body)).toMatchObject({
      type: 'player.registered',
      data: { player_id: player.id },
    })
    const known = { 'x-api-key': environment.publishableKey }
    const bad = { email: 'no address', password: 'x', username: '' }
    await callerOf(environment.apiUrl, known)('POST', '/auth/register', bad)
    await wait(1_500)
    expect(receiver.got).toHaveLength(1)
  })

  test('is signed by the old and the new secret while they overlap', async () => {
    const receiver = await startReceiver()
    const { id, secret } = await addEndpoint(receiver.url)
    const rotated = await studio('POST', `/${id}/rotate-secret`, { overlap_seconds: 600 })
    expect(rotated.status).toBe(201)
    const next = z.object({ secret: z.string() }).parse(rotated.body).secret
    await sendTest(id)
    const { headers, body } = await until(() => receiver.got[0])
    const signed = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, String(value)]),
    )
    for (const each of [secret, next]) new Webhook(each).verify(body, signed)
    await stored.rows(
      'UPDATE webhook_secret SET expires_at = now() WHERE endpoint_id = $1 AND expires_at IS NOT NULL',
      id,
    )
    await sendTest(id)
    const second = await until(() => receiver.got[1])
    const later = Object.fromEntries(
      Object.entries(second.headers).map(([name, value]) => [name, String(value)]),
    )
    new Webhook(next).verify(second.body, later)
    expect(() => new Webhook(secret).verify(second.body, later)).toThrow()
  })
})

describe('an endpoint that does not take it', () => {
  test('I3: gets it again later under the same id, and no other endpoint waits for that', async () => {
    const broken = await startReceiver()
    broken.answer = { status: 500, afterMs: 0, bytes: 0 }
    const slow = await startReceiver()
    slow.answer = { status: 200, afterMs: 30_000, bytes: 0 }
    const fine = await startReceiver()
    const [first, second, third] = [
      await addEndpoint(broken.url),
      await addEndpoint(slow.url),
      await addEndpoint(fine.url),
    ]
    const eventId = await sendTest(first.id)
    await sendTest(second.id)
    const quick = await sendTest(third.id)
    expect((await attempted(third.id, quick)).state).toBe('delivered')
    expect(await attempted(first.id, eventId)).toMatchObject({
      state: 'pending',
      last_status: 500,
      last_error: 'answered 500',
    })
    broken.answer.status = 200
    await makeDue(first.id)
    await until(async () =>
      (await deliveryOf(first.id, eventId))?.state === 'delivered' ? true : undefined,
    )
    const ids = broken.got.map(({ headers }) => headers['webhook-id'])
    expect(ids.length).toBeGreaterThan(1)
    expect(new Set(ids)).toEqual(new Set([eventId]))
  })

  test('I3: becomes a dead letter after its last attempt, and is sent again when asked', async () => {
    const receiver = await startReceiver()
    receiver.answer.status = 503
    const { id } = await addEndpoint(receiver.url)
    const eventId = await sendTest(id)
    await attempted(id, eventId)
    await stored.rows('UPDATE webhook_delivery SET attempts = 7 WHERE endpoint_id = $1', id)
    await makeDue(id)
    expect(await attempted(id, eventId, 8)).toMatchObject({ state: 'dead' })
    receiver.answer.status = 200
    const replayed = await studio('POST', `/${id}/replay`)
    expect([replayed.status, replayed.body]).toEqual([202, { replayed: 1 }])
    await until(async () =>
      (await deliveryOf(id, eventId))?.state === 'delivered' ? true : undefined,
    )
    expect((await studio('POST', `/${id}/deliveries/${eventId}/replay`)).status).toBe(202)
  })

  test('I3: is left alone for longer, the longer it has been failing', async () => {
    const receiver = await startReceiver()
    receiver.answer.status = 500
    const { id } = await addEndpoint(receiver.url)
    await stored.rows(
      "UPDATE webhook_endpoint SET failing_since = now() - interval '1 hour' WHERE id = $1",
      id,
    )
    await attempted(id, await sendTest(id))
    // The lease itself lasts for two minutes: the courier has come back when less is left.
    const left = await until(async () => {
      const [row] = await stored.rows(
        'SELECT extract(epoch FROM leased_until - now())::float AS s FROM webhook_endpoint WHERE id = $1',
        id,
      )
      const seconds = Number(row?.s)
      return seconds < 61 ? seconds : undefined
    })
    expect(left).toBeGreaterThan(30)
    const since = (seconds: number) => new Date(1_000_000_000 - seconds * 1_000)
    const now = new Date(1_000_000_000)
    expect([pauseMs(null, now), pauseMs(since(30), now), pauseMs(since(9_000), now)]).toEqual([
      0, 3_000, 60_000,
    ])
  })

  test('I3: is switched off when it says that it is gone, or after three days without success', async () => {
    const gone = await startReceiver()
    gone.answer.status = 410
    const failing = await startReceiver()
    failing.answer.status = 500
    const [first, second] = [await addEndpoint(gone.url), await addEndpoint(failing.url)]
    await sendTest(first.id)
    await stored.rows(
      "UPDATE webhook_endpoint SET failing_since = now() - interval '4 days' WHERE id = $1",
      second.id,
    )
    await sendTest(second.id)
    const Listed = z.object({
      items: z.array(
        z.object({ id: z.string(), enabled: z.boolean(), disabled_reason: z.string().nullable() }),
      ),
    })
    const reasonOf = (id: string) =>
      until(async () => {
        const { items } = Listed.parse((await studio('GET', '')).body)
        return items.find(item => item.id === id && !item.enabled)?.disabled_reason ?? undefined
      })
    expect([await reasonOf(first.id), await reasonOf(second.id)]).toEqual(['gone', 'failing'])
    const enabled = await studio('PATCH', `/${second.id}`, { enabled: true })
    expect(enabled.body).toMatchObject({ endpoint: { enabled: true, disabled_reason: null } })
  })

  test('I1, I3: that redirects or answers without end has failed, and nothing is followed', async () => {
    const inner = await startReceiver()
    const redirecting = await startReceiver()
    redirecting.answer = { status: 302, afterMs: 0, bytes: 0, location: inner.url }
    const endless = await startReceiver()
    endless.answer = { status: 200, afterMs: 0, bytes: 5_000_000 }
    const [first, second] = [await addEndpoint(redirecting.url), await addEndpoint(endless.url)]
    const [one, two] = [await sendTest(first.id), await sendTest(second.id)]
    expect((await attempted(first.id, one)).last_error).toBe('answered 302')
    expect((await attempted(second.id, two)).last_error).toBe('too_large')
    expect(inner.got).toEqual([])
  })
})

describe('an address', () => {
  test.each([
    'http://example.com/hook',
    'https://127.0.0.2/hook',
    'https://2130706434/',
    'https://0x7f.2/',
    'https://[::1]/',
    'https://[::ffff:7f00:2]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://user:word@studio.example/',
  ])('I1: %s is refused when it is given', async url => {
    const refused = await studio('POST', '', { url })
    expect([refused.status, codeOf(refused)]).toEqual([400, 'url_not_allowed'])
  })

  test.each(['ftp://studio.example/', 'no address', 'javascript:alert(1)', ''])(
    '%j is no address',
    async url => expect(codeOf(await studio('POST', '', { url }))).toBe('invalid_request'),
  )

  test('I1: a name that leads into a private network is not called', async () => {
    const { id } = await addEndpoint('https://localhost:9/hook')
    const eventId = await sendTest(id)
    expect((await attempted(id, eventId)).last_error).toBe('forbidden')
  })
})

describe('limits', () => {
  test('an environment has twenty endpoints at most, also when they are added at once', async () => {
    const own = await freshEnvironment(stack)
    const api = callerOf(own.apiUrl, { 'x-api-key': own.secretKey })
    const path = `/studio/environments/${own.environmentId}/webhooks`
    const made = await inParallel(24, n =>
      api('POST', path, { url: `https://studio.example/${n}` }),
    )
    expect(tally(made)).toEqual({ 201: 20, 409: 4 })
    const refused = await api('POST', path, { url: 'https://studio.example/21' })
    expect(codeOf(refused)).toBe('limit_reached')
    expect(refused.body).toMatchObject({ allowed: 20 })
  })

  test('another environment sees no endpoint of this one', async () => {
    const { id } = await addEndpoint('https://studio.example/hook')
    const other = await freshEnvironment(stack)
    const api = callerOf(other.apiUrl, { 'x-api-key': other.secretKey })
    const path = `/studio/environments/${other.environmentId}/webhooks/${id}`
    for (const [method, rest] of [
      ['DELETE', ''],
      ['GET', '/deliveries'],
      ['POST', '/replay'],
      ['POST', '/test'],
    ] as const) {
      expect((await api(method, path + rest)).status).toBe(404)
    }
  })
})
