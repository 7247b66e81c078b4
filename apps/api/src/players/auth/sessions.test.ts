import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel } from '../../testing/caller.js'
import { takeApart } from '../../testing/forged-tokens.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { PlayerSessionList, SignedIn } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let another: Running
let stored: Stored

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  another = await startAnotherApi(stack)
  stored = openStored(stack)
})
afterAll(() => Promise.all([another.close(), stored.close()]))

const freshSecret = () => crypto.randomUUID() + crypto.randomUUID()

/** A sign-in of the guest of a device, from a machine with that name. */
async function signIn(device_secret: string, deviceName = 'A phone') {
  const game = callerOf(stack.api_url, {
    'x-api-key': environment.publishableKey,
    'x-device-name': deviceName,
  })
  const answer = await game('POST', '/auth/anonymous', { device_secret })
  const { user, session } = SignedIn.parse(answer.body)
  const headers = {
    'x-api-key': environment.publishableKey,
    authorization: `Bearer ${session.access_token}`,
  }
  return {
    playerId: user.id,
    id: String(takeApart(session.access_token).payload.sid),
    refreshToken: session.refresh_token,
    call: callerOf(stack.api_url, headers),
    elsewhere: callerOf(another.url, headers),
  }
}

const listOf = async ({ call }: Awaited<ReturnType<typeof signIn>>) =>
  PlayerSessionList.parse((await call('GET', '/auth/sessions')).body).items

test('a player sees where they are signed in, to the letter, the latest first', async () => {
  const secret = freshSecret()
  const phone = await signIn(secret, 'A phone')
  const tablet = await signIn(secret, 'A tablet')
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/)
  const common = { method: 'device', created_at: time, last_seen_at: time, expires_at: time }
  expect((await tablet.call('GET', '/auth/sessions')).body).toEqual({
    items: [
      { id: tablet.id, device_name: 'A tablet', current: true, ...common },
      { id: phone.id, device_name: 'A phone', current: false, ...common },
    ],
    next_cursor: null,
  })
})

test('a refresh moves when a session was last seen', async () => {
  const secret = freshSecret()
  const phone = await signIn(secret)
  const tablet = await signIn(secret)
  const body = { refresh_token: phone.refreshToken }
  const game = callerOf(stack.api_url, { 'x-api-key': environment.publishableKey })
  expect((await game('POST', '/auth/refresh', body)).status).toBe(200)
  const [latest] = await listOf(tablet)
  expect(latest?.id).toBe(phone.id)
  expect(latest && latest.last_seen_at > latest.created_at).toBe(true)
})

test('a session takes the name that its player gives it', async () => {
  const phone = await signIn(freshSecret())
  const renamed = await phone.call('PATCH', `/auth/sessions/${phone.id}`, {
    device_name: 'Mum’s 📱',
  })
  expect(Object(renamed.body).session).toMatchObject({ id: phone.id, device_name: 'Mum’s 📱' })
  expect((await listOf(phone))[0]?.device_name).toBe('Mum’s 📱')
  const empty = await phone.call('PATCH', `/auth/sessions/${phone.id}`, { device_name: '' })
  expect(codeOf(empty)).toBe('invalid_request')
})

test('a player ends one session: it is dead here at once, and on another process within a second', async () => {
  const secret = freshSecret()
  const [phone, tablet] = [await signIn(secret), await signIn(secret)]
  expect((await phone.elsewhere('GET', '/auth/profile')).status).toBe(200)
  expect((await tablet.call('DELETE', `/auth/sessions/${phone.id}`)).status).toBe(204)
  expect(codeOf(await phone.call('GET', '/auth/profile'))).toBe('session_ended')
  await wait(1_000)
  expect(codeOf(await phone.elsewhere('GET', '/auth/profile'))).toBe('session_ended')
  expect((await tablet.call('GET', '/auth/profile')).status).toBe(200)
  const again = await tablet.call('DELETE', `/auth/sessions/${phone.id}`)
  expect([again.status, codeOf(again)]).toEqual([404, 'not_found'])
})

test('B17: a session that was ended cannot be refreshed', async () => {
  const secret = freshSecret()
  const [phone, tablet] = [await signIn(secret), await signIn(secret)]
  await tablet.call('DELETE', `/auth/sessions/${phone.id}`)
  const game = callerOf(stack.api_url, { 'x-api-key': environment.publishableKey })
  const answer = await game('POST', '/auth/refresh', { refresh_token: phone.refreshToken })
  expect([answer.status, codeOf(answer)]).toEqual([401, 'session_ended'])
})

test('a player ends all other sessions, and then all', async () => {
  const secret = freshSecret()
  const others = [await signIn(secret), await signIn(secret)]
  const here = await signIn(secret)
  expect((await here.call('DELETE', '/auth/sessions?except=current')).status).toBe(204)
  for (const other of others) {
    expect(codeOf(await other.call('GET', '/auth/profile'))).toBe('session_ended')
  }
  expect(await listOf(here)).toHaveLength(1)
  expect((await here.call('DELETE', '/auth/sessions')).status).toBe(204)
  expect(codeOf(await here.call('GET', '/auth/profile'))).toBe('session_ended')
  const odd = await (await signIn(secret)).call('DELETE', '/auth/sessions?except=phone')
  expect(codeOf(odd)).toBe('invalid_request')
})

test('D1: the session of another player is not there, whatever is asked of it', async () => {
  const [mine, theirs] = [await signIn(freshSecret()), await signIn(freshSecret())]
  const away = await freshPlayer(await freshEnvironment(stack))
  const foreign = [theirs.id, String(takeApart(away.accessToken).payload.sid), crypto.randomUUID()]
  for (const id of foreign) {
    const answers = [
      await mine.call('DELETE', `/auth/sessions/${id}`),
      await mine.call('PATCH', `/auth/sessions/${id}`, { device_name: 'mine' }),
    ]
    for (const answer of answers)
      expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
  }
  expect((await theirs.call('GET', '/auth/profile')).status).toBe(200)
  expect((await listOf(theirs))[0]?.device_name).toBe('A phone')
})

test('of more than fifty sessions the one that was longest away ends', async () => {
  const secret = freshSecret()
  const oldest = await signIn(secret)
  await stored.rows(
    `INSERT INTO player_session (environment_id, id, player_id, refresh_hash, method, expires_at, last_seen_at)
     SELECT environment_id, gen_random_uuid(), player_id, sha256(gen_random_uuid()::text::bytea), 'device', expires_at,
       now() + make_interval(secs => n) FROM player_session, generate_series(1, 48) n
     WHERE environment_id = $1 AND id = $2`,
    environment.environmentId,
    oldest.id,
  )
  const fiftieth = await signIn(secret)
  expect((await oldest.call('GET', '/auth/profile')).status).toBe(200)
  await signIn(secret)
  await expect
    .poll(async () => (await oldest.call('GET', '/auth/profile')).status, { timeout: 1_500 })
    .toBe(401)
  const live = await stored.rows(
    'SELECT id FROM player_session WHERE player_id = $1 AND revoked_at IS NULL',
    fiftieth.playerId,
  )
  expect(live).toHaveLength(50)
})

test('sign-ins at once never leave more than fifty sessions', async () => {
  const secret = freshSecret()
  const { playerId, id } = await signIn(secret)
  await stored.rows(
    `INSERT INTO player_session (environment_id, id, player_id, refresh_hash, method, expires_at, last_seen_at)
     SELECT environment_id, gen_random_uuid(), player_id, sha256(gen_random_uuid()::text::bytea), 'device', expires_at,
       last_seen_at FROM player_session, generate_series(1, 47) n WHERE environment_id = $1 AND id = $2`,
    environment.environmentId,
    id,
  )
  await inParallel(8, () => signIn(secret))
  const live = await stored.rows(
    'SELECT id FROM player_session WHERE player_id = $1 AND revoked_at IS NULL',
    playerId,
  )
  expect(live).toHaveLength(50)
})
