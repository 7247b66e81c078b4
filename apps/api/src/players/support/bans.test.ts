import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from '@aethex/shared/lifecycle'
import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { BanAnswer, BanList, PlayerCardAnswer } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let support: Caller
let server: Caller
let game: Caller
let another: Running
let ahead = 0

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  support = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  server = callerOf(stack.api_url, { 'x-api-key': environment.secretKey })
  game = callerOf(stack.api_url, { 'x-api-key': environment.publishableKey })
  another = await startAnotherApi(stack, {}, { now: () => new Date(Date.now() + ahead) })
})
afterAll(async () => {
  await another.close()
  await stored.close()
})

let device_secret = ''
let player: TestPlayer

/** A guest whose device can sign in again. */
beforeEach(async () => {
  ahead = 0
  player = await freshPlayer(environment)
  device_secret = crypto.randomUUID() + crypto.randomUUID()
  const body = { device_secret }
  const { user, session } = Object((await game('POST', '/auth/anonymous', body)).body)
  player = {
    id: user.id,
    username: user.username,
    accessToken: session.access_token,
    refreshToken: session.refresh_token,
    headers: {
      'x-api-key': environment.publishableKey,
      authorization: `Bearer ${session.access_token}`,
    },
  }
})

const path = (rest = '') =>
  `/studio/environments/${environment.environmentId}/players/${player.id}${rest}`
const ban = (more: object = {}, by = support, headers = {}) =>
  by(
    'POST',
    path('/ban'),
    { reason: 'Sold accounts', public_reason: 'No trading', ends_at: null, ...more },
    headers,
  )
const signIn = (by = game) => by('POST', '/auth/anonymous', { device_secret })
const card = async () => PlayerCardAnswer.parse((await support('GET', path())).body).player

describe('a ban', () => {
  test('keeps the player out of every session, and says why and until when', async () => {
    const ends_at = new Date(Date.now() + 3_600_000).toISOString()
    const answer = await ban({ ends_at })
    expect(answer.status).toBe(201)
    expect(BanAnswer.parse(answer.body).ban).toMatchObject({
      reason: 'Sold accounts',
      public_reason: 'No trading',
      ends_at,
      in_force: true,
      banned_by: { kind: 'member' },
    })
    for (const refused of [
      await signIn(),
      await game('POST', '/auth/refresh', { refresh_token: player.refreshToken }),
    ]) {
      expect([refused.status, codeOf(refused)]).toEqual([403, 'account_banned'])
      expect(refused.body).toMatchObject({ reason: 'No trading', ends_at })
      expect(JSON.stringify(refused.body)).not.toContain('Sold accounts')
    }
    expect(await card()).toMatchObject({ banned: true, ban: { ends_at } })
  })

  test('A23: the access token is dead here at once, and in another process within a second', async () => {
    const there = callerOf(another.url, player.headers)
    expect((await there('GET', '/auth/profile')).status).toBe(200)
    await ban()
    const here = callerOf(stack.api_url, player.headers)
    expect(codeOf(await here('GET', '/auth/profile'))).toBe('session_ended')
    await wait(1_000)
    expect(codeOf(await there('GET', '/auth/profile'))).toBe('session_ended')
  })

  test('leaves nobody inside, however many sign in while it is made', async () => {
    const [banned, ...signIns] = await Promise.all([
      wait(5).then(() => ban()),
      ...Array.from({ length: 20 }, (_, index) => wait(index).then(() => signIn())),
    ])
    expect(banned?.status).toBe(201)
    expect(signIns.filter(({ status }) => ![200, 403].includes(status))).toEqual([])
    const alive = await stored.rows(
      `SELECT id FROM player_session
       WHERE environment_id = $1 AND player_id = $2 AND revoked_at IS NULL`,
      environment.environmentId,
      player.id,
    )
    expect(alive).toEqual([])
  })

  test('ends by itself at its time', async () => {
    const later = callerOf(another.url, { 'x-api-key': environment.publishableKey })
    await ban({ ends_at: new Date(Date.now() + 300_000).toISOString() })
    ahead = 240_000
    expect(codeOf(await signIn(later))).toBe('account_banned')
    ahead = 360_000
    expect((await signIn(later)).status).toBe(200)
    const studio = callerOf(another.url, { authorization: `Bearer ${environment.memberToken}` })
    const list = BanList.parse((await studio('GET', path('/bans'))).body)
    expect(list.items).toMatchObject([{ in_force: false, lifted_at: null }])
    const unban = await studio('DELETE', path('/ban?reason=late'))
    expect(codeOf(unban)).toBe('not_found')
  })

  test('is lifted by whoever says why, and the history stays', async () => {
    await ban()
    expect(codeOf(await support('DELETE', path('/ban')))).toBe('invalid_request')
    const reason = encodeURIComponent('It was the brother')
    expect((await support('DELETE', path(`/ban?reason=${reason}`))).status).toBe(204)
    expect((await signIn()).status).toBe(200)
    expect(codeOf(await support('DELETE', path('/ban?reason=again')))).toBe('not_found')
    await ban({ reason: 'Second' })
    const list = BanList.parse((await support('GET', path('/bans'))).body)
    expect(list.items).toMatchObject([
      { reason: 'Second', in_force: true },
      { reason: 'Sold accounts', in_force: false, lift_reason: 'It was the brother' },
    ])
    const page = BanList.parse((await support('GET', path('/bans?limit=1'))).body)
    const next = await support('GET', path(`/bans?limit=1&cursor=${page.next_cursor}`))
    expect(BanList.parse(next.body)).toMatchObject({
      items: [{ reason: 'Sold accounts' }],
      next_cursor: null,
    })
  })

  test('replaces a ban in force, and of twenty at once one is in force', async () => {
    await ban()
    const answers = await inParallel(20, index => ban({ reason: `ban ${index}` }))
    expect(tally(answers)).toEqual({ 201: 20 })
    const list = BanList.parse((await support('GET', path('/bans?limit=100'))).body)
    expect(list.items).toHaveLength(21)
    expect(list.items.filter(item => item.in_force)).toHaveLength(1)
  })

  test('is made once for one Idempotency-Key', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() }
    const first = await ban({}, support, key)
    expect((await ban({}, support, key)).body).toEqual(first.body)
    expect(codeOf(await ban({ reason: 'other' }, support, key))).toBe('idempotency_key_reused')
    const list = BanList.parse((await support('GET', path('/bans'))).body)
    expect(list.items).toHaveLength(1)
  })

  test('can be made by a secret key that may, and is told to the studio and to the audit log', async () => {
    const { ban: made } = BanAnswer.parse((await ban({}, server)).body)
    expect(made.banned_by.kind).toBe('server')
    const [event] = await stored.rows(
      "SELECT payload FROM webhook_event WHERE environment_id = $1 AND type = 'player.banned' AND payload->>'player_id' = $2",
      environment.environmentId,
      player.id,
    )
    expect(event?.payload).toEqual({ player_id: player.id, reason: 'Sold accounts', ends_at: null })
    const [entry] = await stored.rows(
      "SELECT actor_kind, details FROM audit_entry WHERE action = 'players.ban' AND target = $1",
      player.id,
    )
    expect(entry).toMatchObject({
      actor_kind: 'server',
      details: { reason: 'Sold accounts', ends_at: null },
    })
  })

  test.each([
    { ends_at: '2020-01-01T00:00:00Z' },
    { ends_at: 'tomorrow' },
    { ends_at: undefined },
    { reason: '' },
    { reason: 'x'.repeat(1_001) },
    { public_reason: '' },
    { banned_by: 'me' },
  ])('is refused with %j', async more => {
    expect(codeOf(await ban(more))).toBe('invalid_request')
    expect((await signIn()).status).toBe(200)
  })

  test('of a player whom nobody knows answers 404', async () => {
    const url = `/studio/environments/${environment.environmentId}/players/${crypto.randomUUID()}`
    const answer = await support('POST', `${url}/ban`, { reason: 'x', ends_at: null })
    expect(codeOf(answer)).toBe('not_found')
    expect(codeOf(await support('DELETE', `${url}/ban?reason=x`))).toBe('not_found')
  })
})
