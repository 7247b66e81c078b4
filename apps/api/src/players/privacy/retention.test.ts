import { openVault } from '@aethex/shared/auth'
import { openMailOutbox } from '@aethex/shared/mail'
import { codeOf, freshEnvironment, mailboxAt } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { secretsOf } from '../../testing/another-api.js'
import { callerOf, inParallel } from '../../testing/caller.js'
import { openPrivacyPlace, type PrivacyPlace } from '../../testing/privacy-place.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { applyRetention, type Eraser } from './service.js'

const stack = inject('stack')
const dayMs = 86_400_000
let stored: Stored

beforeAll(() => {
  stored = openStored(stack)
})
afterAll(() => stored.close())

/** Writes down who was handed to the erasure, and why. */
function recordingEraser() {
  const asked: Record<string, string> = {}
  const eraser: Eraser = {
    request: async (_environmentId, _tx, playerId, reason) => {
      if (playerId in asked) return undefined
      asked[playerId] = reason
      return []
    },
    done: () => undefined,
  }
  return { asked, eraser }
}

const vault = openVault(Buffer.from(secretsOf(stack).master_key, 'base64'))

/** One round of retention as it would be in so many days. */
const roundIn = ({ environment }: PrivacyPlace, days: number, eraser: Eraser) =>
  applyRetention(
    {
      db: stored.db,
      mail: openMailOutbox(vault),
      now: () => new Date(Date.now() + days * dayMs),
    },
    environment.environmentId,
    eraser,
  )

const Proofs = z.object({
  items: z.array(z.object({ rule: z.string(), what: z.string(), count: z.int() })),
  next_cursor: z.string().nullable(),
})
async function proofsOf({ studio, path }: PrivacyPlace) {
  const answer = await studio('GET', `${path}/privacy/retention/proofs?limit=100`)
  return Proofs.parse(answer.body).items.map(({ rule, what, count }) => ({ rule, what, count }))
}

const account = async ({ game }: PrivacyPlace) => {
  const email = `${crypto.randomUUID()}@player.example`
  const username = `Sleeper ${crypto.randomUUID().slice(0, 8)}`
  const body = { email, password: 'correct horse battery', username }
  const { user, session } = Object((await game('POST', '/auth/register', body)).body)
  return { id: String(user.id), email, token: String(session.access_token) }
}

test('by default nobody is erased for being away, however long', async () => {
  const place = await openPrivacyPlace(stack)
  const { id } = await place.player()
  const { asked, eraser } = recordingEraser()
  await roundIn(place, 3_000, eraser)
  expect(asked).toEqual({})
  const sessions = await stored.rows('SELECT 1 FROM player_session WHERE player_id = $1', id)
  expect(sessions).toEqual([])
  expect(await proofsOf(place)).toEqual([{ rule: 'sessions', what: 'sessions', count: 1 }])
})

test('an account without visitors gets one letter, its grace, and is erased then', async () => {
  const place = await openPrivacyPlace(stack)
  await place.set('privacy.retention', { inactive_accounts_days: 20, grace_days: 14 })
  const sleeper = await account(place)
  const { asked, eraser } = recordingEraser()
  await roundIn(place, 19, eraser)
  expect(
    await stored.rows('SELECT 1 FROM retention_mark WHERE player_id = $1', sleeper.id),
  ).toEqual([])
  await inParallel(4, () => roundIn(place, 21, eraser))
  await roundIn(place, 34, eraser)
  expect(asked).toEqual({})
  const mailbox = mailboxAt(stack.mail_url, sleeper.email)
  await mailbox.next(/./)
  await roundIn(place, 36, eraser)
  await roundIn(place, 37, eraser)
  expect(asked).toEqual({ [sleeper.id]: 'inactive for too long' })
  expect(await mailbox.mails()).toHaveLength(1)
  expect(await proofsOf(place)).toContainEqual({
    rule: 'inactive_accounts',
    what: 'accounts',
    count: 1,
  })
})

test('who comes back after the letter stays', async () => {
  const place = await openPrivacyPlace(stack)
  await place.set('privacy.retention', { inactive_accounts_days: 20, grace_days: 14 })
  const sleeper = await account(place)
  const { asked, eraser } = recordingEraser()
  await roundIn(place, 21, eraser)
  await stored.rows(
    "UPDATE player_session SET last_seen_at = now() + interval '30 days' WHERE player_id = $1",
    sleeper.id,
  )
  await roundIn(place, 36, eraser)
  expect(asked).toEqual({})
  expect(
    await stored.rows('SELECT 1 FROM retention_mark WHERE player_id = $1', sleeper.id),
  ).toEqual([])
})

test('when a player was last there is known also once their sessions are forgotten', async () => {
  const place = await openPrivacyPlace(stack)
  const sleeper = await account(place)
  await stored.rows(
    `UPDATE player_session SET last_seen_at = now() + interval '30 days', revoked_at = now() + interval '30 days'
     WHERE player_id = $1`,
    sleeper.id,
  )
  const { eraser } = recordingEraser()
  await roundIn(place, 90, eraser)
  const left = (table: string) =>
    stored.rows(`SELECT 1 FROM ${table} WHERE player_id = $1`, sleeper.id)
  expect(await left('player_session')).toEqual([])
  await place.set('privacy.retention', { inactive_accounts_days: 80 })
  await roundIn(place, 100, eraser)
  expect(await left('retention_mark')).toEqual([])
  await roundIn(place, 111, eraser)
  expect(await left('retention_mark')).toHaveLength(1)
})

test('a guest nobody plays as any more is erased without a letter, an account is none', async () => {
  const place = await openPrivacyPlace(stack)
  await place.set('privacy.retention', { guests_days: 10 })
  const [{ id }, sleeper] = [await place.player(), await account(place)]
  const withPasskey = await place.player()
  await stored.rows(
    `INSERT INTO player_passkey (environment_id, id, player_id, credential_id, public_key, counter, transports,
       backed_up, name) VALUES ($1, $2, $2, 'a credential', 'a key', 0, '{}', false, 'Passkey')`,
    place.environment.environmentId,
    withPasskey.id,
  )
  const { asked, eraser } = recordingEraser()
  await roundIn(place, 9, eraser)
  expect(asked).toEqual({})
  await roundIn(place, 11, eraser)
  expect(asked).toEqual({ [id]: 'a guest nobody played as for too long' })
  expect(Object.keys(asked)).not.toContain(sleeper.id)
  expect(Object.keys(asked)).not.toContain(withPasskey.id)
})

test('a parent’s address goes when they have not answered in time', async () => {
  const place = await openPrivacyPlace(stack)
  await place.set('age.gate', { enabled: true })
  const { as, id } = await place.player()
  const birth_date = `${new Date().getUTCFullYear() - 8}-01-01`
  await as('POST', '/auth/age', { birth_date, country: 'DE' })
  const parent_email = `${crypto.randomUUID()}@parent.example`
  await as('POST', '/privacy/parental-consent/request', { parent_email })
  const { eraser } = recordingEraser()
  const kept = () => stored.rows('SELECT 1 FROM parental_consent WHERE player_id = $1', id)
  await roundIn(place, 13, eraser)
  expect(await kept()).toHaveLength(1)
  await roundIn(place, 15, eraser)
  expect(await kept()).toEqual([])
  expect(await proofsOf(place)).toEqual([
    { rule: 'child_unconsented', what: 'parent_addresses', count: 1 },
    { rule: 'age_answers', what: 'device_answers', count: 1 },
  ])
})

test('so does a child’s own e-mail, and with it an account that nothing else leads into', async () => {
  const place = await openPrivacyPlace(stack)
  const [{ id, token }, guest] = [await account(place), await place.player()]
  const { environmentId, apiUrl, publishableKey } = place.environment
  await place.set('age.gate', { enabled: true })
  const birth_date = `${new Date().getUTCFullYear() - 8}-01-01`
  const child = callerOf(apiUrl, {
    'x-api-key': publishableKey,
    authorization: `Bearer ${token}`,
  })
  for (const as of [child, guest.as]) {
    await as('POST', '/auth/age', { birth_date, country: 'DE' })
  }
  const guestEmail = `${crypto.randomUUID()}@player.example`
  await stored.rows(
    'INSERT INTO player_email (environment_id, player_id, email, email_key) VALUES ($1, $2, $3, $3)',
    environmentId,
    guest.id,
    guestEmail,
  )
  const { asked, eraser } = recordingEraser()
  await roundIn(place, 13, eraser)
  const left = () =>
    stored.rows('SELECT 1 FROM player_email WHERE player_id = ANY($1)', [id, guest.id])
  expect(await left()).toHaveLength(2)
  await roundIn(place, 15, eraser)
  expect(await left()).toEqual([])
  expect(asked).toEqual({ [id]: 'no parental consent in time' })
})

test('the proofs name nobody, are never changed, and are the studio’s own, page by page', async () => {
  const place = await openPrivacyPlace(stack)
  const { id } = await place.player()
  const { eraser } = recordingEraser()
  await roundIn(place, 100, eraser)
  await place.player()
  await roundIn(place, 100, eraser)
  const first = await place.studio('GET', `${place.path}/privacy/retention/proofs?limit=1`)
  const { next_cursor } = Proofs.parse(first.body)
  const second = await place.studio(
    'GET',
    `${place.path}/privacy/retention/proofs?limit=1&cursor=${next_cursor}`,
  )
  expect(Proofs.parse(second.body)).toMatchObject({ items: [{ count: 1 }], next_cursor: null })
  expect(JSON.stringify([first.body, second.body])).not.toContain(id)
  const touch = stored.rows(
    'UPDATE retention_proof SET count = 0 WHERE environment_id = $1',
    place.environment.environmentId,
  )
  await expect(touch).rejects.toThrow()
  const away = await freshEnvironment(stack)
  const stranger = callerOf(away.apiUrl, { 'x-api-key': away.secretKey })
  expect(codeOf(await stranger('GET', `${place.path}/privacy/retention/proofs`))).toBe('not_found')
})
