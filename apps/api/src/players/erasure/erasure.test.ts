import { setTimeout as wait } from 'node:timers/promises'
import { directChannel, nameOfChannel } from '@aethex/shared/chat'
import {
  call,
  codeOf,
  freshEnvironment,
  freshPlayer,
  startTestRedis,
  type TestEnvironment,
} from '@aethex/shared/testing'
import { strFromU8, unzipSync } from 'fflate'
import { compactVerify, importJWK } from 'jose'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { findTraces } from '../../testing/traces.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let studio: Caller

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  studio = callerOf(environment.apiUrl, { authorization: `Bearer ${environment.memberToken}` })
})
afterAll(() => stored.close())

const SignedIn = z.object({
  user: z.object({ id: z.string() }),
  session: z.object({ access_token: z.string(), refresh_token: z.string() }),
})

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 900; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await wait(100)
  }
  throw new Error('it did not happen within ninety seconds')
}

/** A player who has left something in every store; the canary is in all of it. */
async function plant(canary: string) {
  const game = callerOf(environment.apiUrl, {
    'x-api-key': environment.publishableKey,
    'x-device-name': `phone ${canary}`,
  })
  const email = `${canary}@player.example`
  const account = { email, password: 'correct horse battery', username: `P ${canary}` }
  const { user, session } = SignedIn.parse((await game('POST', '/auth/register', account)).body)
  const headers = {
    'x-api-key': environment.publishableKey,
    authorization: `Bearer ${session.access_token}`,
  }
  const api = callerOf(environment.apiUrl, headers)
  const fine = async (answer: ReturnType<Caller>) =>
    expect((await answer).status, JSON.stringify((await answer).body)).toBeLessThan(300)
  await fine(api('PUT', '/auth/profile', { private_fields: { diary: canary } }))
  await fine(api('PUT', '/auth/preferences', { theme: canary }))
  await fine(api('PUT', '/privacy/consents', { analytics: true }))
  const picture = await sharp({
    create: { width: 9, height: 9, channels: 3, background: '#123456' },
  })
    .png()
    .toBuffer()
  const put = await call('PUT', `${environment.apiUrl}/api/v1/auth/avatar`, {
    headers: { ...headers, 'content-type': 'image/png' },
    bytes: picture,
  })
  expect(put.status).toBe(200)
  await fine(
    api(
      'POST',
      '/saves/me',
      { save_id: 'slot1', data: { hero: canary }, metadata: { label: canary } },
      { 'idempotency-key': `key-${canary}` },
    ),
  )
  const server = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
  await fine(server('PUT', '/leaderboards/canaries', { order: 'desc', keep: 'best' }))
  await fine(api('POST', '/leaderboards/canaries/scores', { score: 42 }))
  const event = {
    event_id: crypto.randomUUID(),
    name: 'planted',
    time: new Date().toISOString(),
    properties: { canary },
  }
  await until(async () => {
    const sent = await api('POST', '/analytics/events', { events: [event] })
    return sent.status === 202 ? true : undefined
  })
  const at = `/studio/environments/${environment.environmentId}/players/${user.id}`
  await fine(studio('POST', `${at}/notes`, { text: `spoke with ${canary}` }))
  await stored.rows(
    `INSERT INTO player_identity (environment_id, provider, subject, player_id, display_name)
     VALUES ($1, 'google', $2, $3, $2)`,
    environment.environmentId,
    canary,
    user.id,
  )
  await until(async () =>
    (await findTraces(stack, stored, canary)).includes('clickhouse:events') ? true : undefined,
  )
  return { id: user.id, api, headers, account }
}

/** What the player has said, written and agreed with others: it must go, and the others stay. */
async function plantAmongOthers(canary: string, { api, id }: { api: Caller; id: string }) {
  const friend = await freshPlayer(environment)
  const fine = async (answer: ReturnType<Caller>) =>
    expect((await answer).status, JSON.stringify((await answer).body)).toBeLessThan(300)
  const direct = nameOfChannel(directChannel(id, friend.id))
  const message = (channel: string) => `/chat/channels/${encodeURIComponent(channel)}/messages`
  const ofFriend = callerOf(environment.apiUrl, friend.headers)
  await fine(api('PUT', '/players/me/documents/things/diary', { value: { canary } }))
  await fine(api('POST', '/groups', { name: `G ${canary}`, description: canary }))
  await fine(api('POST', '/parties', { data: { canary } }))
  await fine(api('POST', '/friends/requests', { user_id: friend.id }))
  await fine(ofFriend('POST', `/friends/requests/${id}/accept`))
  await fine(api('POST', message('chat.main.public'), { text: canary }))
  await fine(api('POST', message(direct), { text: canary }))
  await fine(ofFriend('POST', message(direct), { text: 'I am still here' }))
  const report = { reason: 'does not let go' }
  await fine(api('POST', `${message(direct)}/2/report`, report))
}

const canaryOf = () => `canary${Math.random().toString(36).slice(2)}`
const Requested = z.object({ erasure: z.object({ id: z.string() }), token: z.string() })
const Done = z.object({
  erasure: z.object({ state: z.string(), receipt: z.string().nullable() }),
})

const receiptBy = (token: string) =>
  until(async () => {
    const game = callerOf(environment.apiUrl, { 'x-api-key': environment.publishableKey })
    const { erasure } = Done.parse((await game('POST', '/erasures/status', { token })).body)
    return erasure.receipt ?? undefined
  })

describe('a player who asks to be forgotten', () => {
  test('first gets a copy of everything, then leaves no trace in any store, and a receipt that verifies', async () => {
    const canary = canaryOf()
    const player = await plant(canary)
    await plantAmongOthers(canary, player)
    const before = await findTraces(stack, stored, canary)
    expect(before).toEqual(
      expect.arrayContaining([
        'clickhouse:events',
        'table:chat_message',
        'table:party',
        'table:player_group',
        'table:player',
        'table:player_document',
        'table:player_email',
        'table:player_identity',
        'table:player_note',
        'table:player_preference',
        'table:player_session',
        'table:save_version',
      ]),
    )
    // What lies in the object store is sealed; its keys name the player.
    expect(await findTraces(stack, stored, player.id)).toContain('s3:saves')

    // The copy.
    const Exported = z.object({ export: z.object({ id: z.string(), state: z.string() }) })
    const asked = Exported.parse((await player.api('POST', '/auth/exports')).body).export
    await until(async () => {
      const { export: one } = Exported.parse(
        (await player.api('GET', `/auth/exports/${asked.id}`)).body,
      )
      return one.state === 'ready' ? true : undefined
    })
    const archive = await fetch(`${environment.apiUrl}/api/v1/auth/exports/${asked.id}/archive`, {
      headers: player.headers,
    })
    expect(archive.headers.get('content-type')).toBe('application/zip')
    const files = unzipSync(new Uint8Array(await archive.arrayBuffer()))
    const holding = Object.entries(files)
      .filter(([, bytes]) => strFromU8(bytes).includes(canary))
      .map(([name]) => name.split('/', 1)[0])
    expect([...new Set(holding)]).toEqual(
      expect.arrayContaining([
        'account',
        'analytics',
        'emails',
        'identities',
        'preferences',
        'profile',
        'saves',
      ]),
    )
    const text = Object.values(files)
      .map(bytes => strFromU8(bytes))
      .join('\n')
    expect(text).not.toMatch(/argon2|password_hash|refresh_hash|secret_hash/)

    // The end.
    const answer = await player.api('POST', '/auth/erasure', { confirm: 'erase' })
    expect(answer.status).toBe(202)
    const { token } = Requested.parse(answer.body)
    expect(codeOf(await player.api('GET', '/auth/profile'))).toBe('session_ended')
    const receipt = await receiptBy(token)
    expect(await findTraces(stack, stored, canary)).toEqual([])
    // What names the id is what the receipt says: the log of what members did, and the tombstone.
    const left = await findTraces(stack, stored, player.id)
    const allowed = ['s3:tombstones', 'table:audit_entry', 'table:audit_seal', 'table:erasure']
    // For a minute relays are told by its key that the seat in a party was given up.
    const emptySeat = `redis:party:${environment.environmentId}`
    const expected = [...allowed, 'table:webhook_event', emptySeat]
    expect(left.filter(trace => !expected.includes(trace))).toEqual([])
    const told = await stored.rows(
      'SELECT type FROM webhook_event WHERE environment_id = $1 AND payload::text LIKE $2',
      environment.environmentId,
      `%${player.id}%`,
    )
    expect(told).toEqual([{ type: 'player.erased' }])

    // The proof, for an independent library and for ourselves.
    const keys = z
      .object({ keys: z.array(z.looseObject({ kty: z.string() })) })
      .parse((await call('GET', `${environment.apiUrl}/.well-known/erasure-keys.json`)).body).keys
    const { payload } = await compactVerify(receipt, await importJWK(keys[0] ?? {}, 'EdDSA'))
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
      player_id: player.id,
      erased: { player: 1, save_version: 1, 'clickhouse:events': 1, 's3:saves': 1 },
    })
    const recheck = (text: string) =>
      call('POST', `${environment.apiUrl}/api/v1/erasures/recheck`, { json: { receipt: text } })
    expect((await recheck(receipt)).body).toMatchObject({ still_erased: true })
    expect(codeOf(await recheck(`${receipt.slice(0, -8)}AAAAAAAA`))).toBe('receipt_invalid')

    // Nobody gets in any more, and the name and the address are free again.
    const game = callerOf(environment.apiUrl, { 'x-api-key': environment.publishableKey })
    const { email, password } = player.account
    expect(codeOf(await game('POST', '/auth/login', { email, password }))).toBe(
      'invalid_credentials',
    )
    expect((await game('POST', '/auth/register', player.account)).status).toBe(201)
  }, 240_000)

  test('is erased again when a backup brings them back', async () => {
    const player = await plant(canaryOf())
    const { token } = Requested.parse(
      (await player.api('POST', '/auth/erasure', { confirm: 'erase' })).body,
    )
    await receiptBy(token)
    await stored.rows(
      `INSERT INTO player (environment_id, id, username, username_key, username_skeleton)
       VALUES ($1, $2, 'restored', 'restored', 'restored')`,
      environment.environmentId,
      player.id,
    )
    // The job runs every six hours, and at once where nothing is known of its last time.
    const redis = await startTestRedis()
    const another = await startAnotherApi(stack, { REDIS_URL: redis.url })
    try {
      await until(async () => {
        const [row] = await stored.rows('SELECT id FROM player WHERE id = $1', player.id)
        return row === undefined ? true : undefined
      })
    } finally {
      await another.close()
      await redis.close()
    }
  }, 240_000)

  test('must write it out, and is heard once', async () => {
    const player = await plant(canaryOf())
    const unsure = await player.api('POST', '/auth/erasure', {})
    expect(codeOf(unsure)).toBe('invalid_request')
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => player.api('POST', '/auth/erasure', { confirm: 'erase' })),
    )
    expect(answers.filter(answer => answer.status === 202)).toHaveLength(1)
  }, 180_000)
})

describe('the studio', () => {
  test('erases a player on their behalf, and sees the receipt; another environment sees nothing', async () => {
    const player = await plant(canaryOf())
    const at = `/studio/environments/${environment.environmentId}`
    const reason = { reason: 'asked for by letter' }
    const asked = await studio('POST', `${at}/players/${player.id}/erasure`, reason)
    expect(asked.status).toBe(202)
    const { erasure } = z.object({ erasure: z.object({ id: z.string() }) }).parse(asked.body)
    await until(async () => {
      const { body } = await studio('GET', `${at}/erasures/${erasure.id}`)
      return Done.parse(body).erasure.state === 'done' ? true : undefined
    })
    const other = await freshEnvironment(stack)
    const away = callerOf(other.apiUrl, { 'x-api-key': other.secretKey })
    const foreign = `/studio/environments/${other.environmentId}/erasures/${erasure.id}`
    expect((await away('GET', foreign)).status).toBe(404)
  }, 180_000)
})
