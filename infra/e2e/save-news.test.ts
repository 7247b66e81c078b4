import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Cloud, createCloud, type KeyValueStorage, unwrap } from '@aethex/sdk'
import { call, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'

/** One device saves; the player's other devices and the studio's servers hear of it. */

const stack = inject('stack')
let environment: TestEnvironment
const closing: (() => void)[] = []

beforeAll(async () => {
  environment = await freshEnvironment(stack)
})
afterAll(() => {
  for (const close of closing) close()
})

interface Device {
  cloud: Cloud
  /** The versions of its slot that it was told of, each once. */
  told: { version: number | null; deleted: boolean }[]
}

/** Two devices of one player: the second has the sign-in of the first, and no copy of any save. */
async function openDevices(): Promise<{ first: Device; second: Device }> {
  const kept = new Map<string, string>()
  const open = (entries: ReadonlyMap<string, string>): Device => {
    const own = new Map(entries)
    const storage: KeyValueStorage = {
      getItem: key => own.get(key) ?? null,
      setItem: (key, value) => {
        own.set(key, value)
        kept.set(key, value)
      },
      removeItem: key => void own.delete(key),
    }
    const { publishableKey: apiKey, apiUrl: url } = environment
    const cloud = createCloud({ apiKey, url, storage, WebSocket, live: true })
    closing.push(() => cloud.close())
    const told: Device['told'] = []
    cloud.saves.on('changed', ({ version, deleted }) => {
      // What it finds by listing, once it is connected, it may also have heard.
      if (told.every(known => known.version !== version)) told.push({ version, deleted })
    })
    return { cloud, told }
  }
  const first = open(new Map())
  unwrap(await first.cloud.auth.loginAnonymous())
  return { first, second: open(kept) }
}

const inTime = { timeout: 10_000 }

test('a second device hears at once what the first one saves and deletes, and nobody else does', async () => {
  const ada = await openDevices()
  const bob = await openDevices()
  const { saves } = ada.first.cloud
  const { told } = ada.second
  unwrap(await saves.save('main', { gold: 1 }))
  unwrap(await saves.flush())
  await expect.poll(() => told, inTime).toEqual([{ version: 1, deleted: false }])
  // It lists only when it has connected; what comes later it can only hear.
  unwrap(await saves.save('main', { gold: 2 }))
  unwrap(await saves.flush())
  await expect.poll(() => told.at(-1), inTime).toEqual({ version: 2, deleted: false })
  unwrap(await saves.delete('main'))
  unwrap(await saves.flush())
  await expect.poll(() => told.at(-1), inTime).toEqual({ version: 3, deleted: true })
  // Its own news comes after whatever could have reached it by mistake.
  unwrap(await bob.first.cloud.saves.save('main', { gold: 9 }))
  unwrap(await bob.first.cloud.saves.flush())
  await expect.poll(() => bob.second.told, inTime).toEqual([{ version: 1, deleted: false }])
})

interface Received {
  headers: IncomingHttpHeaders
  body: string
}

async function startReceiver(): Promise<{ url: string; got: Received[] }> {
  const got: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got }
}

const Saved = z.object({
  save: z.object({ version: z.int(), hash: z.string(), size: z.int() }),
})
const Endpoint = z.object({ endpoint: z.object({ id: z.string() }), secret: z.string() })

test('the studio is told of every version by a signed webhook', async () => {
  const { url, got } = await startReceiver()
  const made = await call(
    'POST',
    `${environment.apiUrl}/api/v1/studio/environments/${environment.environmentId}/webhooks`,
    {
      headers: { authorization: `Bearer ${environment.memberToken}` },
      json: { url, events: ['save.written'] },
    },
  )
  expect(made.status).toBe(201)
  const { secret } = Endpoint.parse(made.body)
  const { id, headers } = await freshPlayer(environment)
  const saves = `${environment.apiUrl}/api/v1/saves/me`
  const json = { save_id: 'main', data: { gold: 3 } }
  const { save } = Saved.parse((await call('POST', saves, { headers, json })).body)
  expect((await call('DELETE', `${saves}/main`, { headers })).status).toBe(204)
  await expect.poll(() => got.length, { timeout: 60_000 }).toBe(2)
  const events = got.map(({ headers, body }) =>
    new Webhook(secret).verify(body, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    }),
  )
  const facts = { player_id: id, save_id: 'main' }
  expect(events).toMatchObject([
    { type: 'save.written', data: { ...facts, ...save, deleted: false } },
    { type: 'save.written', data: { ...facts, version: 2, hash: null, size: 0, deleted: true } },
  ])
}, 120_000)
