import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  startTestRedis,
  type TestEnvironment,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let game: Caller

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  game = callerOf(environment.apiUrl, { 'x-api-key': environment.publishableKey })
})
afterAll(() => stored.close())

const SignedIn = z.object({
  user: z.object({ id: z.string(), email: z.string().nullable(), username: z.string() }),
  session: z.object({ access_token: z.string() }),
})
const Identities = z.object({
  items: z.array(z.object({ id: z.string(), provider: z.string() })),
})

const password = 'correct horse battery'
const freshEmail = () => `${crypto.randomUUID()}@player.example`

function as(token: string): Caller {
  const headers = { 'x-api-key': environment.publishableKey, authorization: `Bearer ${token}` }
  return callerOf(environment.apiUrl, headers)
}

/** A guest of a device of their own. */
async function freshGuest() {
  const secret = crypto.randomUUID() + crypto.randomUUID()
  const { user, session } = SignedIn.parse(
    (await game('POST', '/auth/anonymous', { device_secret: secret })).body,
  )
  return { id: user.id, secret, token: session.access_token, api: as(session.access_token) }
}

async function freshAccount() {
  const email = freshEmail()
  const username = `P ${email.slice(0, 20)}`
  const answer = await game('POST', '/auth/register', { email, password, username })
  const { user, session } = SignedIn.parse(answer.body)
  return {
    id: user.id,
    email,
    username,
    token: session.access_token,
    api: as(session.access_token),
  }
}

const providersOf = async (api: Caller) =>
  Identities.parse((await api('GET', '/auth/identities')).body).items.map(item => item.provider)

describe('a guest', () => {
  test('becomes a full account and keeps the id, the saves and the device', async () => {
    const guest = await freshGuest()
    await guest.api('POST', '/saves/me', { save_id: 'slot1', data: { level: 7 } })
    const email = freshEmail()
    const linked = await guest.api('POST', '/auth/identities', { email, password })
    expect(linked.status).toBe(200)
    expect(await providersOf(guest.api)).toEqual(['device', 'password'])
    const login = SignedIn.parse((await game('POST', '/auth/login', { email, password })).body)
    expect(login.user).toMatchObject({ id: guest.id, email })
    const again = await game('POST', '/auth/anonymous', { device_secret: guest.secret })
    expect(SignedIn.parse(again.body).user.id).toBe(guest.id)
    const loaded = await as(login.session.access_token)('GET', '/saves/me/slot1')
    expect(loaded.body).toMatchObject({ data: { level: 7 } })
  })

  test('of twenty parallel links of one address exactly one is made', async () => {
    const email = freshEmail()
    const guests = await inParallel(4, () => freshGuest())
    const answers = await inParallel(20, n =>
      (guests[n % 4]?.api ?? game)('POST', '/auth/identities', {
        email,
        password: `${password} ${n % 4}`,
      }),
    )
    const rows = await stored.rows('SELECT player_id FROM player_email WHERE email = $1', email)
    expect(rows).toHaveLength(1)
    const statuses = Object.keys(tally(answers))
    expect(statuses.filter(status => !['200', '409', '429', '503'].includes(status))).toEqual([])
    expect(tally(answers)[200]).toBe(1)
  })

  test('A22: does not get an account by its e-mail alone', async () => {
    const owner = await freshAccount()
    const guest = await freshGuest()
    const given = { email: owner.email, password: 'not the right one' }
    const refused = await guest.api('POST', '/auth/identities', given)
    expect([refused.status, codeOf(refused)]).toEqual([409, 'email_taken'])
    expect(refused.body).not.toHaveProperty('merge')
  })
})

describe('ways in', () => {
  test('are taken away by name, but never the last one, also by two at once', async () => {
    const guest = await freshGuest()
    await guest.api('POST', '/auth/identities', { email: freshEmail(), password })
    const { items } = Identities.parse((await guest.api('GET', '/auth/identities')).body)
    const answers = await Promise.all(
      items.map(({ id }) => guest.api('DELETE', `/auth/identities/${id}`)),
    )
    expect(tally(answers)).toEqual({ 204: 1, 409: 1 })
    const refused = answers.find(answer => answer.status === 409)
    expect(refused && codeOf(refused)).toBe('last_way_in')
    expect(await providersOf(guest.api)).toHaveLength(1)
  })

  test('need a fresh proof to be added or taken away', async () => {
    const guest = await freshGuest()
    await stored.rows(
      "UPDATE player_session SET proved_at = now() - interval '11 minutes' WHERE player_id = $1",
      guest.id,
    )
    const link = await guest.api('POST', '/auth/identities', { email: freshEmail(), password })
    const unlink = await guest.api('DELETE', '/auth/identities/device~abc')
    expect([codeOf(link), codeOf(unlink)]).toEqual([
      'reauthentication_required',
      'reauthentication_required',
    ])
  })

  test.each([
    {},
    { email: 'a@player.example' },
    { device_secret: 'x'.repeat(40), email: 'a@player.example', password },
    { provider: 'google' },
    { email: 'a@player.example', password, role: 'admin' },
  ])('%j is no way in', async body => {
    const guest = await freshGuestOnce()
    expect(codeOf(await guest.api('POST', '/auth/identities', body))).toBe('invalid_request')
  })

  let shared: ReturnType<typeof freshGuest> | undefined
  const freshGuestOnce = () => {
    shared ??= freshGuest()
    return shared
  }

  test('of another environment are not found', async () => {
    const other = await freshEnvironment(stack)
    const stranger = await freshPlayer(other)
    const { items } = Identities.parse(
      (await (await freshGuestOnce()).api('GET', '/auth/identities')).body,
    )
    const api = callerOf(other.apiUrl, stranger.headers)
    expect((await api('DELETE', `/auth/identities/${items[0]?.id}`)).status).toBe(404)
  })
})

const Offer = z.object({
  merge_token: z.string(),
  preview: z.object({
    mine: z.object({ id: z.string(), holds: z.record(z.string(), z.unknown()) }),
    theirs: z.object({ id: z.string(), holds: z.record(z.string(), z.unknown()) }),
  }),
})
const Done = z.object({
  merge: z.object({
    id: z.string(),
    player_id: z.string(),
    created_at: z.coerce.date(),
    undo_until: z.coerce.date(),
  }),
  user: z.object({ id: z.string() }),
  session: z.object({ access_token: z.string() }),
})

/** A guest and an account, each with something of its own in slot1 and on a board. */
async function twoSides() {
  const server = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
  await server('PUT', '/leaderboards/arena', { order: 'desc', keep: 'best' })
  const guest = await freshGuest()
  const account = await freshAccount()
  for (const [api, level, score] of [
    [guest.api, 3, 900],
    [account.api, 50, 400],
  ] as const) {
    await api('POST', '/saves/me', { save_id: 'slot1', data: { level } })
    await api('POST', '/leaderboards/arena/scores', { score })
  }
  await guest.api('POST', '/saves/me', { save_id: 'only-here', data: { level: 1 } })
  return { guest, account }
}

/** A guest that an account has become part of. */
async function merged() {
  const [guest, account] = [await freshGuest(), await freshAccount()]
  const body = { other_access_token: account.token }
  const { merge_token } = Offer.parse((await guest.api('POST', '/auth/merges/preview', body)).body)
  const done = await guest.api('POST', '/auth/merges', { merge_token, keep: 'mine' })
  const { merge } = Done.parse(done.body)
  const undo = (api: Caller) => api('POST', `/auth/merges/${merge.id}/undo`)
  return { guest, account, merge: { ...merge, merged_player_id: account.id }, undo }
}

describe('a collision', () => {
  test('answers with what each side holds, and the merge that the player confirms loses nothing', async () => {
    const { guest, account } = await twoSides()
    const refused = await guest.api('POST', '/auth/identities', { email: account.email, password })
    expect([refused.status, codeOf(refused)]).toEqual([409, 'identity_taken'])
    const { merge: offer } = z.object({ merge: Offer }).parse(refused.body)
    expect(offer.preview.mine.holds).toMatchObject({
      saves: [{ save_id: 'only-here' }, { save_id: 'slot1' }],
      leaderboards: [{ board_id: 'arena', score: 900 }],
    })
    expect(offer.preview.theirs).toMatchObject({ id: account.id })

    const confirmed = await guest.api('POST', '/auth/merges', {
      merge_token: offer.merge_token,
      keep: 'theirs',
    })
    expect(confirmed.status).toBe(201)
    const { merge, user, session } = Done.parse(confirmed.body)
    expect([user.id, merge.player_id]).toEqual([account.id, account.id])
    const api = as(session.access_token)
    const data = async (slot: string) => (await api('GET', `/saves/me/${slot}`)).body
    expect(await data('slot1')).toMatchObject({ data: { level: 50 } })
    expect(await data('slot1-2')).toMatchObject({ data: { level: 3 } })
    expect(await data('only-here')).toMatchObject({ data: { level: 1 } })
    const ranks = await api('GET', '/leaderboards/arena?range=around_me')
    expect(ranks.body).toMatchObject({ items: [{ user_id: account.id, score: 900 }] })
    // The guest's session is over, and its device leads to the account that goes on.
    expect(codeOf(await guest.api('GET', '/auth/profile'))).toBe('session_ended')
    const device = await game('POST', '/auth/anonymous', { device_secret: guest.secret })
    expect(SignedIn.parse(device.body).user.id).toBe(account.id)

    // Undone, both are as before; what was played since stays.
    await api('POST', '/saves/me', { save_id: 'slot1-2', data: { level: 4 }, base_version: 1 })
    const undone = await api('POST', `/auth/merges/${merge.id}/undo`)
    expect(undone.status).toBe(200)
    expect(await data('slot1-2')).toMatchObject({ data: { level: 4 } })
    expect((await api('GET', '/saves/me/only-here')).status).toBe(404)
    const back = SignedIn.parse(
      (await game('POST', '/auth/anonymous', { device_secret: guest.secret })).body,
    )
    expect(back.user.id).toBe(guest.id)
    const old = await as(back.session.access_token)('GET', '/saves/me/slot1')
    expect(old.body).toMatchObject({ data: { level: 3 } })
    const board = await api('GET', '/leaderboards/arena?range=global&limit=10')
    const Scores = z.object({
      items: z.array(z.object({ user_id: z.string(), score: z.number() })),
    })
    const scores = new Map(
      Scores.parse(board.body).items.map(({ user_id, score }) => [user_id, score]),
    )
    expect([scores.get(guest.id), scores.get(account.id)]).toEqual([900, 400])
    expect(codeOf(await api('POST', `/auth/merges/${merge.id}/undo`))).toBe('merge_final')
  })

  test('of ten parallel confirmations of one token exactly one merges', async () => {
    const { guest, account } = await twoSides()
    const preview = await guest.api('POST', '/auth/merges/preview', {
      other_access_token: account.token,
    })
    const { merge_token } = Offer.parse(preview.body)
    const answers = await inParallel(10, () =>
      guest.api('POST', '/auth/merges', { merge_token, keep: 'mine' }),
    )
    expect(answers.filter(answer => answer.status === 201)).toHaveLength(1)
    const rows = await stored.rows('SELECT id FROM player_merge WHERE player_id = $1', guest.id)
    expect(rows).toHaveLength(1)
  })

  test('a token of somebody else, of another environment, or made up is worth nothing', async () => {
    const { guest, account } = await twoSides()
    const body = { other_access_token: account.token }
    const { merge_token } = Offer.parse(
      (await guest.api('POST', '/auth/merges/preview', body)).body,
    )
    const thief = await freshGuest()
    const stolen = await thief.api('POST', '/auth/merges', { merge_token, keep: 'mine' })
    expect(codeOf(stolen)).toBe('merge_token_invalid')
    const made = await guest.api('POST', '/auth/merges', { merge_token: 'x', keep: 'mine' })
    expect(codeOf(made)).toBe('merge_token_invalid')
    const foreign = await freshPlayer(await freshEnvironment(stack))
    const other = await guest.api('POST', '/auth/merges/preview', {
      other_access_token: foreign.accessToken,
    })
    expect([other.status, codeOf(other)]).toEqual([401, 'token_invalid'])
    const self = await guest.api('POST', '/auth/merges/preview', {
      other_access_token: guest.token,
    })
    expect(codeOf(self)).toBe('same_account')
  })

  test('can be undone for thirty days; then the account that was closed is erased', async () => {
    const { guest, merge, undo } = await merged()
    const thirtyDays = 30 * 86_400_000
    expect(merge.undo_until.getTime() - merge.created_at.getTime()).toBe(thirtyDays)
    await stored.rows('UPDATE player_merge SET undo_until = now() WHERE id = $1', merge.id)
    const late = await undo(guest.api)
    expect([late.status, codeOf(late)]).toEqual([409, 'merge_final'])
    // A process with a Redis of its own, so that it runs its jobs now and not by a schedule that is there already.
    const redis = await startTestRedis()
    const api = await startAnotherApi(stack, { REDIS_URL: redis.url, SERVICES: 'players' })
    try {
      const closed = 'SELECT id FROM player WHERE id = $1'
      await expect
        .poll(() => stored.rows(closed, merge.merged_player_id), { timeout: 20_000 })
        .toEqual([])
    } finally {
      await api.close()
      await redis.close()
    }
    expect((await guest.api('GET', '/saves/me')).status).toBe(200)
  })

  test('is undone by the support of its own environment, too, which is written down', async () => {
    const { account, merge } = await merged()
    const undoWith = (key: string, environmentId: string) =>
      callerOf(environment.apiUrl, { 'x-api-key': key })(
        'POST',
        `/studio/environments/${environmentId}/merges/${merge.id}/undo`,
      )
    const other = await freshEnvironment(stack)
    expect((await undoWith(other.secretKey, other.environmentId)).status).toBe(404)
    const undone = await undoWith(environment.secretKey, environment.environmentId)
    expect(undone.body).toMatchObject({ merge: { state: 'undone' } })
    const again = await game('POST', '/auth/login', { email: account.email, password })
    expect(SignedIn.parse(again.body).user.id).toBe(account.id)
    const written = await stored.rows(
      "SELECT details->>'merge' AS merge FROM audit_entry WHERE action = 'merges.undo_for' AND target = $1",
      merge.player_id,
    )
    expect(written).toEqual([{ merge: merge.id }])
  })

  test('a banned account is not whitewashed by a merge', async () => {
    const { guest, account } = await twoSides()
    const studio = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
    const body = { other_access_token: account.token }
    const { merge_token } = Offer.parse(
      (await guest.api('POST', '/auth/merges/preview', body)).body,
    )
    const path = `/studio/environments/${environment.environmentId}/players/${account.id}/ban`
    const banned = await studio('POST', path, { reason: 'cheating', ends_at: null })
    expect(banned.status).toBeLessThan(300)
    const refused = await guest.api('POST', '/auth/merges', { merge_token, keep: 'mine' })
    // The ban has ended the sessions that proved the other side, so the proof is worth nothing, either.
    expect(['account_banned', 'merge_token_invalid']).toContain(codeOf(refused))
    expect((await guest.api('GET', '/saves/me/slot1')).body).toMatchObject({ data: { level: 3 } })
  })
})
