import { type Db, statement } from '@aethex/shared/db'
import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { FoundPlayers } from './schema.js'

const stack = inject('stack')
let home: TestEnvironment
let away: TestEnvironment
let stranger: TestPlayer
let support: Caller
let stored: Stored
let path = ''

/** A player as the database has them, without the cost of a sign-up. */
async function put(environmentId: string, username: string, email?: string): Promise<string> {
  const id = crypto.randomUUID()
  const key = username.toUpperCase().toLowerCase()
  await stored.rows(
    'INSERT INTO player (environment_id, id, username, username_key) VALUES ($1, $2, $3, $4)',
    environmentId,
    id,
    username,
    key,
  )
  if (email !== undefined) {
    await stored.rows(
      'INSERT INTO player_email (environment_id, player_id, email, email_key) VALUES ($1, $2, $3, $4)',
      environmentId,
      id,
      email,
      email.toLowerCase(),
    )
  }
  return id
}

beforeAll(async () => {
  home = await freshEnvironment(stack)
  away = await freshEnvironment(stack)
  stored = openStored(stack)
  stranger = await freshPlayer(away)
  path = `/studio/environments/${home.environmentId}/players`
  support = callerOf(home.apiUrl, { authorization: `Bearer ${home.memberToken}` })
  await put(home.environmentId, 'Anna', 'anna@player.example')
  await put(home.environmentId, 'Annabel', 'Annabel.Lee@player.example')
  await put(home.environmentId, 'anna_bella')
  await put(home.environmentId, 'Bert', 'bert@player.example')
  await put(home.environmentId, 'admin')
  await put(away.environmentId, 'Annegret', 'annegret@player.example')
})
afterAll(() => stored.close())

const found = async (query: Record<string, string>, by = support) => {
  const answer = await by('GET', `${path}?${new URLSearchParams(query)}`)
  expect(answer.status).toBe(200)
  return FoundPlayers.parse(answer.body)
}
const names = async (query: Record<string, string>) =>
  (await found(query)).items.map(item => item.username)

describe('finding players', () => {
  test('by the beginning of their name, in any case of letters, in order', async () => {
    expect(await names({ q: 'ANNA', by: 'username' })).toEqual(['Anna', 'anna_bella', 'Annabel'])
    expect(await names({ q: 'annab' })).toEqual(['Annabel'])
    expect(await names({ q: 'nna', by: 'username' })).toEqual([])
  })

  test('by the beginning of their e-mail', async () => {
    expect(await names({ q: 'ANNA', by: 'email' })).toEqual(['Anna', 'Annabel'])
    expect(await names({ q: 'bert@' })).toEqual(['Bert'])
  })

  test('by their id, in capitals, too', async () => {
    const id = await put(home.environmentId, 'Carla')
    expect(await names({ q: id })).toEqual(['Carla'])
    expect(await names({ q: id.toUpperCase(), by: 'id' })).toEqual(['Carla'])
    expect(await names({ q: 'Carla', by: 'id' })).toEqual([])
  })

  test('by an account elsewhere, wherever the colons of its provider and subject are', async () => {
    const id = await put(home.environmentId, 'Dora')
    for (const [provider, subject] of [
      ['google', '10:9'],
      ['oidc:acme', '42'],
    ]) {
      await stored.rows(
        'INSERT INTO player_identity (environment_id, player_id, provider, subject) VALUES ($1, $2, $3, $4)',
        home.environmentId,
        id,
        provider,
        subject,
      )
    }
    expect(await names({ q: 'google:10:9' })).toEqual(['Dora'])
    expect(await names({ q: 'oidc:acme:42', by: 'identity' })).toEqual(['Dora'])
    expect(await names({ q: 'google:10' })).toEqual([])
    const answer = await support('GET', `${path}?q=google&by=identity`)
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test('without a question the newest, in pages that meet everybody once', async () => {
    const all: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await found({ limit: '2', ...(cursor === '' ? {} : { cursor }) })
      all.push(...page.items.map(item => item.id))
      cursor = page.next_cursor
    }
    const rows = await stored.rows(
      'SELECT id FROM player WHERE environment_id = $1 ORDER BY id DESC',
      home.environmentId,
    )
    expect(all).toEqual(rows.map(row => row.id))
  })

  test('by name in pages, which a newcomer does not disturb', async () => {
    const first = await found({ q: 'anna', limit: '1' })
    expect(first.items.map(item => item.username)).toEqual(['Anna'])
    await put(home.environmentId, 'Anna 0')
    const second = await found({ q: 'anna', limit: '1', cursor: first.next_cursor ?? '' })
    expect(second.items.map(item => item.username)).toEqual(['Anna 0'])
  })

  test('tells what they sign in with, and says nothing that a list need not say', async () => {
    const guest = await freshPlayer(home)
    expect((await found({ q: guest.id })).items).toEqual([
      {
        id: guest.id,
        username: guest.username,
        email: null,
        email_verified: false,
        tier: 'guest',
        banned: false,
        created_at: expect.any(String),
      },
    ])
    expect((await found({ q: 'bert@' })).items).toMatchObject([{ tier: 'registered' }])
    await stored.rows(
      'UPDATE player_email SET verified_at = now() WHERE environment_id = $1 AND email_key = $2',
      home.environmentId,
      'bert@player.example',
    )
    expect((await found({ q: 'bert@' })).items).toMatchObject([
      { tier: 'verified', email_verified: true },
    ])
  })
})

describe('what is asked', () => {
  test.each(['%', '_', '_____', 'ann_', '%anna', 'a%a', '\\', "'; --", '^', 'anna%'])(
    'D13: %s stands for itself, not for other letters',
    async q => {
      expect(await names({ q, by: 'username' })).toEqual([])
      expect(await names({ q, by: 'email' })).toEqual([])
    },
  )

  test('D13: an underscore finds the name that has one', async () => {
    expect(await names({ q: 'anna_', by: 'username' })).toEqual(['anna_bella'])
  })

  test.each([
    "' OR 1=1--",
    "x' UNION SELECT password_hash FROM password_credential--",
    '{"$gt":""}',
  ])('D12: %s is a question like any other', async q => {
    for (const by of ['id', 'email', 'username']) expect(await names({ q, by })).toEqual([])
    expect(await names({ q: `${q}:x`, by: 'identity' })).toEqual([])
  })

  test.each([
    'by=password_hash',
    'by=username;DROP',
    'sort=created_at',
    'q=a&q=b',
    'q[$gt]=',
    'q=',
    `q=${'x'.repeat(255)}`,
    'limit=1000000000',
    'limit=1.5',
    'q=%00',
  ])('D12: refuses %s', async query => {
    const answer = await support('GET', `${path}?${query}`)
    expect(answer.status).toBe(400)
    expect(['invalid_request', 'invalid_text']).toContain(codeOf(answer))
  })

  test.each(['x', 'bnVsbA', Buffer.from('"a\\u0000"').toString('base64url')])(
    'D11: refuses the cursor %s',
    async cursor => {
      for (const q of ['', 'q=anna&by=username&', 'q=anna&by=email&']) {
        expect(codeOf(await support('GET', `${path}?${q}cursor=${cursor}`))).toBe('invalid_cursor')
      }
    },
  )
})

describe('D14: another tenant', () => {
  test('its players are not found by anything that is known of them', async () => {
    for (const query of [
      { q: stranger.id },
      { q: 'annegret', by: 'username' },
      { q: 'annegret@player.example' },
    ]) {
      expect((await found(query)).items).toEqual([])
    }
    const all = (await found({ limit: '100' })).items.map(item => item.id)
    expect(all).not.toContain(stranger.id)
  })

  test('its players answer 404 to every question and every measure', async () => {
    const at = `${path}/${stranger.id}`
    const reason = 'none'
    for (const [method, url, json] of [
      ['GET', at, undefined],
      ['PATCH', at, { username: 'Somebody', reason }],
      ['POST', `${at}/ban`, { reason, ends_at: null }],
      ['DELETE', `${at}/ban?reason=${reason}`, undefined],
      ['POST', `${at}/notes`, { text: 'x' }],
      ['POST', `${at}/revoke-sessions`, { reason }],
      ['POST', `${at}/force-password-reset`, { reason }],
    ] as const) {
      expect(codeOf(await support(method, url, json)), `${method} ${url}`).toBe('not_found')
    }
    for (const list of ['bans', 'notes']) {
      expect((await support('GET', `${at}/${list}`)).body).toMatchObject({ items: [] })
    }
    const game = callerOf(away.apiUrl, stranger.headers)
    expect((await game('GET', '/auth/profile')).status).toBe(200)
  })

  test('its studio, and its secret keys, find nothing here', async () => {
    const foreign = callerOf(home.apiUrl, { 'x-api-key': away.secretKey })
    expect(codeOf(await foreign('GET', path))).toBe('not_found')
  })

  test('what runs within a tenant has nothing of another, even of statements that forget to ask', async () => {
    const { db, close } = openStored({ ...stack, database_url: stack.app_database_url })
    const everybody = statement<{ environment_id: string }>(
      '',
      'SELECT DISTINCT environment_id FROM player',
    )
    const here = [{ environment_id: home.environmentId }]
    const add = (into: Db) =>
      into.one(
        statement<never>(
          '',
          "INSERT INTO player (environment_id, id, username, username_key) VALUES ($1, $2, 'x', 'x')",
        ),
        [away.environmentId, crypto.randomUUID()],
      )
    expect(await db.within(home.environmentId, tx => tx.all(everybody, []))).toEqual(here)
    await expect(db.within(home.environmentId, add)).rejects.toMatchObject({ code: '42501' })
    const walled = db.walled(home.environmentId)
    expect(await walled.all(everybody, [])).toEqual(here)
    expect(await walled.one(everybody, [])).toEqual(here[0])
    await expect(add(walled)).rejects.toMatchObject({ code: '42501' })
    await expect(walled.transaction(add)).rejects.toMatchObject({ code: '42501' })
    expect((await db.all(everybody, [])).length).toBeGreaterThan(1)
    await close()
  })
})
