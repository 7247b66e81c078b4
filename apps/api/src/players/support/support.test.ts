import { codeInMail, codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { type MailAccount, mailAccountsOf, password } from '../../testing/mail-accounts.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { freshMember } from '../../testing/studio.js'
import { NoteList, PlayerCardAnswer } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let owner: Caller
let accounts: ReturnType<typeof mailAccountsOf>
let ada: MailAccount

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  owner = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  accounts = mailAccountsOf(stack, environment)
  ada = await accounts.freshAccount()
})
afterAll(() => stored.close())

const pathOf = (playerId: string, rest = '') =>
  `/studio/environments/${environment.environmentId}/players/${playerId}${rest}`
const cardOf = async (playerId: string) =>
  PlayerCardAnswer.parse((await owner('GET', pathOf(playerId))).body).player
const lastEntry = async (action: string, target: string) => {
  const [entry] = await stored.rows(
    `SELECT actor_kind, environment_id, details FROM audit_entry
     WHERE action = $1 AND target = $2 ORDER BY created_at DESC LIMIT 1`,
    action,
    target,
  )
  return entry
}

describe('the card of a player', () => {
  test('has all that support needs, and no secret', async () => {
    await ada.as('PUT', '/privacy/consents', { analytics: true })
    await ada.as('POST', '/saves/me', { save_id: 'slot1', data: {} })
    const answer = await owner('GET', pathOf(ada.id))
    expect(answer.status).toBe(200)
    const { player } = PlayerCardAnswer.parse(answer.body)
    expect(player).toMatchObject({
      id: ada.id,
      username: ada.username,
      email: ada.email,
      email_verified: false,
      tier: 'registered',
      banned: false,
      ban: null,
      has_password: true,
      password_reset_required: false,
      has_second_factor: false,
      identities: [],
      sessions: [{ method: 'password', ended_at: null }],
      counts: { saves: 1, scores: 0, live_sessions: 1, passkeys: 0, bans: 0, notes: 0 },
    })
    expect(player.consents).toContainEqual(
      expect.objectContaining({ purpose: 'analytics', granted: true }),
    )
    expect(JSON.stringify(answer.body)).not.toMatch(/hash|secret"|argon2|sealed/)
  })

  test('of a player whom nobody knows answers 404', async () => {
    expect(codeOf(await owner('GET', pathOf(crypto.randomUUID())))).toBe('not_found')
    expect(codeOf(await owner('GET', pathOf('me')))).toBe('invalid_request')
  })
})

describe('who may', () => {
  const measures = (): [
    string,
    string,
    unknown,
    'players:read' | 'players:write' | 'players:ban',
  ][] => {
    const reason = 'because'
    return [
      ['GET', pathOf(ada.id), undefined, 'players:read'],
      ['GET', pathOf('').slice(0, -1), undefined, 'players:read'],
      ['GET', pathOf(ada.id, '/bans'), undefined, 'players:read'],
      ['PATCH', pathOf(ada.id), { username: ada.username, reason }, 'players:write'],
      ['POST', pathOf(ada.id, '/notes'), { text: 'seen' }, 'players:write'],
      ['GET', pathOf(ada.id, '/notes'), undefined, 'players:write'],
      ['POST', pathOf(ada.id, '/ban'), { reason, ends_at: null }, 'players:ban'],
      ['DELETE', pathOf(ada.id, `/ban?reason=${reason}`), undefined, 'players:ban'],
      ['POST', pathOf(ada.id, '/revoke-sessions'), { reason }, 'players:write'],
    ]
  }

  test.each([
    ['support', ['players:read', 'players:write', 'players:ban']],
    ['live_ops', ['players:read', 'players:write']],
    ['analyst', []],
  ])('a member whose role is %s does what that role allows', async (role, allowed) => {
    const member = await freshMember(stack.api_url)
    expect(codeOf(await member.api('GET', pathOf(ada.id)))).toBe('not_found')
    await stored.rows(
      'INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, $3::member_role)',
      environment.organizationId,
      member.id,
      role,
    )
    for (const [method, path, json, scope] of measures()) {
      const answer = await member.api(method, path, json)
      const what = `${method} ${path}`
      if (allowed.includes(scope)) expect(answer.status, what).toBeLessThan(300)
      else expect(codeOf(answer), what).toBe('insufficient_scope')
    }
  })

  test('D3: a secret key does what its scopes allow', async () => {
    const made = await owner('POST', `/studio/environments/${environment.environmentId}/keys`, {
      kind: 'secret',
      name: 'reads',
      scopes: ['players:read'],
    })
    const key = callerOf(stack.api_url, { 'x-api-key': Object(made.body).api_key })
    for (const [method, path, json, scope] of measures()) {
      const answer = await key(method, path, json)
      if (scope === 'players:read') expect(answer.status).toBe(200)
      else expect(codeOf(answer)).toBe('insufficient_scope')
    }
  })
})

describe('measures', () => {
  test('a note is kept with its author, and counted; only its id is in the audit log', async () => {
    const player = await accounts.freshAccount()
    for (const text of ['first', 'second', 'third']) {
      expect((await owner('POST', pathOf(player.id, '/notes'), { text })).status).toBe(201)
    }
    const first = NoteList.parse((await owner('GET', pathOf(player.id, '/notes?limit=2'))).body)
    expect(first.items).toMatchObject([
      { text: 'third', author: { kind: 'member' } },
      { text: 'second' },
    ])
    const rest = await owner('GET', pathOf(player.id, `/notes?limit=2&cursor=${first.next_cursor}`))
    expect(NoteList.parse(rest.body)).toMatchObject({
      items: [{ text: 'first' }],
      next_cursor: null,
    })
    expect((await cardOf(player.id)).counts.notes).toBe(3)
    expect((await lastEntry('players.notes.create', player.id))?.details).toEqual({
      note_id: first.items[0]?.id,
    })
  })

  test('a player who is signed out everywhere can sign in again', async () => {
    const player = await accounts.freshAccount()
    const answer = await owner('POST', pathOf(player.id, '/revoke-sessions'), {
      reason: 'Stolen phone',
    })
    expect([answer.status, answer.body]).toEqual([200, { ended: 1 }])
    expect(codeOf(await player.as('GET', '/auth/profile'))).toBe('session_ended')
    expect((await accounts.login(player.email)).status).toBe(200)
    expect(await lastEntry('players.revoke_sessions', player.id)).toEqual({
      actor_kind: 'member',
      environment_id: environment.environmentId,
      details: { reason: 'Stolen phone', ended: 1 },
    })
  })

  test('a name that insults is replaced; a name that nobody may have is not given', async () => {
    const player = await accounts.freshAccount()
    const rename = (username: string) =>
      owner('PATCH', pathOf(player.id), { username, reason: 'It insulted somebody' })
    expect((await rename('Renamed Player')).body).toEqual({
      id: player.id,
      username: 'Renamed Player',
    })
    expect((await cardOf(player.id)).username).toBe('Renamed Player')
    expect((await lastEntry('players.rename', player.id))?.details).toEqual({
      reason: 'It insulted somebody',
      from: player.username,
      to: 'Renamed Player',
    })
    expect(codeOf(await rename(ada.username.toUpperCase()))).toBe('username_taken')
    for (const name of ['\u202eAda', 'x', 'Administrator']) {
      expect(codeOf(await rename(name)), name).toBe('invalid_request')
    }
  })

  test('a password that support has declared worthless opens nothing until a letter has set another', async () => {
    const player = await accounts.freshAccount()
    const answer = await owner('POST', pathOf(player.id, '/force-password-reset'), {
      reason: 'It was in a leak',
    })
    expect([answer.status, answer.body]).toEqual([200, { ended: 1, mailed: true }])
    expect(codeOf(await player.as('GET', '/auth/profile'))).toBe('session_ended')
    expect((await cardOf(player.id)).password_reset_required).toBe(true)
    const refused = await accounts.login(player.email)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'password_reset_required'])
    expect(codeOf(await accounts.login(player.email, 'a wrong password'))).toBe(
      'invalid_credentials',
    )
    const code = codeInMail(await player.mailbox.next(/new password/))
    const another = 'quite another battery'
    const reset = await accounts.game('POST', '/auth/password/reset', { code, password: another })
    expect(reset.status).toBe(200)
    expect((await accounts.login(player.email, another)).status).toBe(200)
    expect(codeOf(await accounts.login(player.email, password))).toBe('invalid_credentials')
    expect((await cardOf(player.id)).password_reset_required).toBe(false)
  })

  test('whoever has no password cannot be told to set it anew', async () => {
    const [guest] = await stored.rows(
      `INSERT INTO player (environment_id, id, username, username_key)
       VALUES ($1, gen_random_uuid(), 'No password', 'no password') RETURNING id`,
      environment.environmentId,
    )
    const answer = await owner('POST', pathOf(String(guest?.id), '/force-password-reset'), {
      reason: 'x',
    })
    expect(codeOf(answer)).toBe('forbidden')
  })
})
