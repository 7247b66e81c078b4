import { createHash } from 'node:crypto'
import { codeInMail, codeOf, freshEnvironment, mailboxAt } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openPrivacyPlace, type PrivacyPlace, within } from '../../testing/privacy-place.js'
import { openStored, type Stored } from '../../testing/stored.js'

const stack = inject('stack')
let stored: Stored
let shared: PrivacyPlace

beforeAll(async () => {
  stored = openStored(stack)
  shared = await openPrivacyPlace(stack)
})
afterAll(() => stored.close())

const openPlace = () => openPrivacyPlace(stack)

const terms = (over: object = {}) => ({
  kind: 'terms',
  documents: [
    { locale: 'en', title: 'Terms', text: '# Terms\n\nBe kind.' },
    { locale: 'de-DE', title: 'Bedingungen', text: '# Bedingungen\n\nSeid nett.' },
  ],
  ...over,
})

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const atDay = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

const Versions = z.object({
  items: z.array(z.object({ kind: z.string(), version: z.int() })),
  next_cursor: z.string().nullable(),
})
const Items = z.object({ items: z.array(z.looseObject({ kind: z.string(), version: z.int() })) })

describe('publishing', () => {
  test('numbers the versions of a kind, and shows the one in force in the reader’s language', async () => {
    const { publish, game } = await openPlace()
    const first = await publish(terms())
    expect(first).toMatchObject({ status: 201, body: { policy: { kind: 'terms', version: 1 } } })
    await publish(terms({ documents: [{ locale: 'en', title: 'Terms', text: 'Two' }] }))
    await publish({
      kind: 'privacy',
      documents: [{ locale: 'en', title: 'Privacy', url: 'https://studio.example/privacy' }],
      requires_acceptance: false,
    })
    expect((await game('GET', '/policies')).body).toMatchObject({
      items: [
        { kind: 'privacy', version: 1, url: 'https://studio.example/privacy', text: null },
        { kind: 'terms', version: 2, text: 'Two', hash: hashOf('Two') },
      ],
    })
    const old = await game('GET', '/policies/terms/1?locale=de-AT')
    expect(old.body).toMatchObject({ policy: { locale: 'de-DE', title: 'Bedingungen' } })
    expect((await game('GET', '/policies/terms/1?locale=fr')).body).toMatchObject({
      policy: { locale: 'en' },
    })
    expect(codeOf(await game('GET', '/policies/terms/3'))).toBe('not_found')
  })

  test('what is published stays as it is: in the API and in the database', async () => {
    const { publish, environment, studio, path } = await openPlace()
    await publish(terms())
    expect((await studio('PUT', `${path}/policies`, terms())).status).toBe(405)
    const touch = stored.rows(
      "UPDATE policy_document SET body = 'other' WHERE environment_id = $1",
      environment.environmentId,
    )
    await expect(touch).rejects.toThrow()
    const rows = await stored.rows(
      "SELECT body FROM policy_document WHERE environment_id = $1 AND locale = 'en'",
      environment.environmentId,
    )
    expect(rows).toEqual([{ body: '# Terms\n\nBe kind.' }])
  })

  test('twenty publications at once become twenty versions without a gap', async () => {
    const { publish, studio, path } = await openPlace()
    const answers = await inParallel(20, () => publish(terms()))
    expect(tally(answers)).toEqual({ 201: 20 })
    const list = Versions.parse((await studio('GET', `${path}/policies?limit=100`)).body)
    expect(list.items.map(({ version }) => version)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    )
  })

  test('a repeated publication under one key is one version', async () => {
    const { environment, path } = await openPlace()
    const server = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
    const send = () =>
      server('POST', `${path}/policies`, terms(), { 'idempotency-key': 'release-1' })
    const [one, two] = [await send(), await send()]
    expect(one.body).toEqual(two.body)
    expect(Versions.parse((await server('GET', `${path}/policies`)).body).items).toHaveLength(1)
  })

  test('lists every version by pages, of one kind or all', async () => {
    const { publish, studio, path } = await openPlace()
    for (const kind of ['terms', 'terms', 'rules']) await publish(terms({ kind }))
    const first = Versions.parse((await studio('GET', `${path}/policies?limit=2`)).body)
    expect(first.items).toMatchObject([{ kind: 'rules' }, { kind: 'terms', version: 1 }])
    const next = `${path}/policies?limit=2&cursor=${first.next_cursor}`
    expect(Versions.parse((await studio('GET', next)).body)).toMatchObject({
      items: [{ kind: 'terms', version: 2 }],
      next_cursor: null,
    })
    const ofKind = Versions.parse((await studio('GET', `${path}/policies?kind=rules`)).body)
    expect(ofKind.items).toHaveLength(1)
    expect(codeOf(await studio('GET', `${path}/policies?cursor=e30`))).toBe('invalid_cursor')
  })

  test('is written to the audit log with the hashes', async () => {
    const { publish, environment } = await openPlace()
    await publish(terms())
    const [row] = await stored.rows(
      "SELECT target, details FROM audit_entry WHERE environment_id = $1 AND action = 'policies.publish'",
      environment.environmentId,
    )
    expect(row).toMatchObject({
      target: 'terms 1',
      details: { hashes: [`en ${hashOf('# Terms\n\nBe kind.')}`, expect.any(String)] },
    })
  })

  test.each([
    ['neither a text nor an address', { documents: [{ locale: 'en', title: 'T' }] }],
    ['plain http', { documents: [{ locale: 'en', title: 'T', url: 'http://a.example' }] }],
    ['a script', { documents: [{ locale: 'en', title: 'T', url: 'javascript:alert(1)' }] }],
    ['no language', { documents: [{ locale: 'english!', title: 'T', text: 'x' }] }],
    [
      'a language twice',
      {
        documents: [
          { locale: 'en-gb', title: 'T', text: 'x' },
          { locale: 'en-GB', title: 'T', text: 'y' },
        ],
      },
    ],
    ['a start in the past', { effective_from: '2020-01-01T00:00:00Z' }],
    ['a kind with a path in it', { kind: '../terms' }],
    ['no document', { documents: [] }],
    ['an unknown consent', { renews_consents: ['everything'] }],
  ])('refuses %s', async (_what, over) => {
    const { publish } = shared
    expect(codeOf(await publish(terms(over)))).toBe('invalid_request')
  })

  test('is the studio’s own: another organisation finds nothing, a game no route', async () => {
    const { environment, path } = shared
    const other = await freshEnvironment(stack)
    const stranger = callerOf(other.apiUrl, { 'x-api-key': other.secretKey })
    expect(codeOf(await stranger('POST', `${path}/policies`, terms()))).toBe('not_found')
    const game = callerOf(environment.apiUrl, { 'x-api-key': environment.publishableKey })
    expect((await game('POST', `${path}/policies`, terms())).status).toBe(403)
  })
})

describe('accepting', () => {
  test('keeps the proof: what was seen, when, where roughly, and on which device', async () => {
    const { publish, player, environment, studio, path } = await openPlace()
    await publish(terms())
    const { id, as } = await player()
    expect((await as('GET', '/auth/policies/pending?locale=de')).body).toMatchObject({
      enforcement: 'off',
      items: [{ kind: 'terms', version: 1, locale: 'de-DE' }],
    })
    const hash = hashOf('# Bedingungen\n\nSeid nett.')
    const accepted = [{ kind: 'terms', version: 1, hash }]
    const answer = await as(
      'POST',
      '/auth/policies/accept',
      { accepted },
      { 'x-device-name': 'Deck' },
    )
    expect(answer.body).toMatchObject({
      accepted: [{ kind: 'terms', version: 1, hash, locale: 'de-DE' }],
      pending: [],
    })
    const record = await studio('GET', `${path}/players/${id}/privacy`)
    expect(record.body).toMatchObject({
      acceptances: [
        { hash, network: expect.stringMatching(/^\d+\.\d+\.\d+\.0\/24$/), device_name: 'Deck' },
      ],
    })
    const touch = stored.rows(
      'UPDATE policy_acceptance SET version = 9 WHERE environment_id = $1',
      environment.environmentId,
    )
    await expect(touch).rejects.toThrow()
  })

  test('twice, or twenty times at once, is once: the first time is what counts', async () => {
    const { publish, player, environment } = await openPlace()
    await publish(terms())
    const { as } = await player()
    const accepted = [{ kind: 'terms', version: 1 }]
    const answers = await inParallel(20, () => as('POST', '/auth/policies/accept', { accepted }))
    expect(tally(answers)).toEqual({ 200: 20 })
    const rows = await stored.rows(
      'SELECT accepted_at FROM policy_acceptance WHERE environment_id = $1',
      environment.environmentId,
    )
    expect(rows).toHaveLength(1)
    const times = answers.map(({ body }) => JSON.stringify(Object(body).accepted))
    expect(new Set(times).size).toBe(1)
  })

  test('only what is in force, by the words that were seen', async () => {
    const { publish, player } = await openPlace()
    await publish(terms())
    await publish(terms({ documents: [{ locale: 'en', title: 'Terms', text: 'Two' }] }))
    const { as } = await player()
    const accept = (accepted: object) =>
      as('POST', '/auth/policies/accept', { accepted: [accepted] })
    for (const stale of [
      { kind: 'terms', version: 1 },
      { kind: 'terms', version: 3 },
      { kind: 'unheard_of', version: 1 },
      { kind: 'terms', version: 2, hash: hashOf('One') },
    ]) {
      const answer = await accept(stale)
      expect(codeOf(answer)).toBe('policy_outdated')
      expect(answer.body).toMatchObject({ current: [{ kind: 'terms', version: 2 }] })
    }
    expect((await accept({ kind: 'terms', version: 2, hash: hashOf('Two') })).status).toBe(200)
  })

  test('a new version asks again, unless the studio says that the old yes still counts', async () => {
    const { publish, player } = await openPlace()
    await publish(terms())
    const { as } = await player()
    const pending = async () =>
      Items.parse((await as('GET', '/auth/policies/pending')).body).items.map(one => one.version)
    await as('POST', '/auth/policies/accept', { accepted: [{ kind: 'terms', version: 1 }] })
    await publish(terms({ needs_reacceptance: false }))
    expect(await pending()).toEqual([])
    await publish(terms())
    expect(await pending()).toEqual([3])
    await publish(terms({ needs_reacceptance: false }))
    expect(await pending()).toEqual([4])
    await as('POST', '/auth/policies/accept', { accepted: [{ kind: 'terms', version: 4 }] })
    expect(await pending()).toEqual([])
  })
})

describe('what is required', () => {
  const openStrictPlace = async () => {
    const place = await openPlace()
    await place.publish(terms())
    await place.set('policies.enforcement', { mode: 'required' })
    return place
  }
  const isOpen = (as: Caller) => async () => (await as('GET', '/saves/me')).status === 200
  const isShut = (as: Caller) => async () => (await as('GET', '/saves/me')).status === 403
  const acceptAs = (as: Caller, version: number) =>
    as('POST', '/auth/policies/accept', { accepted: [{ kind: 'terms', version }] })

  test('keeps players out until they accept, but not from what is theirs', async () => {
    const { as } = await (await openStrictPlace()).player()
    expect(await within(2_000, isShut(as))).toBe(true)
    const refusal = await as('GET', '/saves/me')
    expect(codeOf(refusal)).toBe('policy_acceptance_required')
    expect(refusal.body).toMatchObject({ pending: [{ kind: 'terms', version: 1 }] })
    for (const [path, body] of [
      ['/analytics/events', { events: [] }],
      ['/realtime/tickets', {}],
    ] as const) {
      expect(codeOf(await as('POST', path, body))).toBe('policy_acceptance_required')
    }
    for (const path of ['/auth/profile', '/privacy/consents', '/auth/policies/pending']) {
      expect([path, (await as('GET', path)).status]).toEqual([path, 200])
    }
    await acceptAs(as, 1)
    expect((await as('GET', '/saves/me')).status).toBe(200)
  })

  test('a new version shuts every process within a second or so; who accepts is let in everywhere at once', async () => {
    const { player, publish } = await openStrictPlace()
    const { as, headers } = await player()
    const away = await startAnotherApi(stack)
    try {
      const elsewhere = callerOf(away.url, headers)
      await acceptAs(as, 1)
      expect(await within(2_000, isOpen(elsewhere))).toBe(true)
      await publish(terms())
      expect(await within(1_600, isShut(elsewhere))).toBe(true)
      expect(await within(1_600, isShut(as))).toBe(true)
      await acceptAs(as, 2)
      expect((await elsewhere('GET', '/saves/me')).status).toBe(200)
    } finally {
      await away.close()
    }
  })

  test('a version that comes into force later shuts the door then, and not before', async () => {
    const { player, publish } = await openStrictPlace()
    const { as } = await player()
    await acceptAs(as, 1)
    await publish(terms({ effective_from: atDay(2) }))
    expect(await isOpen(as)()).toBe(true)
    const later = await startAnotherApi(stack, {}, { now: () => new Date(atDay(3)) })
    try {
      const newcomer = await player(later.url)
      const pending = await newcomer.as('GET', '/auth/policies/pending')
      expect(pending.body).toMatchObject({ items: [{ version: 2 }] })
      expect(codeOf(await newcomer.as('GET', '/saves/me'))).toBe('policy_acceptance_required')
    } finally {
      await later.close()
    }
  })

  test('`prompt` refuses nobody', async () => {
    const { player, set } = await openStrictPlace()
    await set('policies.enforcement', { mode: 'prompt' })
    const { as } = await player()
    expect(await within(1_600, isOpen(as))).toBe(true)
    expect((await as('GET', '/auth/policies/pending')).body).toMatchObject({
      enforcement: 'prompt',
      items: [{ kind: 'terms' }],
    })
  })

  test('a registration comes with an acceptance, or is none', async () => {
    const { game, studio, path } = await openStrictPlace()
    const account = () => ({
      email: `${crypto.randomUUID()}@player.example`,
      password: 'correct horse battery',
      username: `Reader ${crypto.randomUUID().slice(0, 8)}`,
    })
    const without = await game('POST', '/auth/register', account())
    expect(codeOf(without)).toBe('policy_acceptance_required')
    expect(without.body).toMatchObject({ pending: [{ kind: 'terms', version: 1 }] })
    const outdated = { ...account(), policies: [{ kind: 'terms', version: 2 }] }
    expect(codeOf(await game('POST', '/auth/register', outdated))).toBe('policy_outdated')
    const policies = [{ kind: 'terms', version: 1 }]
    const made = await game('POST', '/auth/register', { ...account(), policies })
    expect(made.status).toBe(201)
    const record = await studio('GET', `${path}/players/${Object(made.body).user.id}/privacy`)
    expect(record.body).toMatchObject({ acceptances: [{ kind: 'terms', version: 1 }] })
  })

  test('a registration that waits for its letter keeps what was accepted when', async () => {
    const { game, set, studio, path } = await openStrictPlace()
    await set('auth.registration', { mode: 'confirm_email' })
    const email = `${crypto.randomUUID()}@player.example`
    const account = { email, password: 'correct horse battery', username: 'Patient reader' }
    const policies = [{ kind: 'terms', version: 1 }]
    const before = new Date().toISOString()
    expect((await game('POST', '/auth/register', { ...account, policies })).status).toBe(202)
    const code = codeInMail(await mailboxAt(stack.mail_url, email).next(/./))
    const asked = new Date().toISOString()
    const made = await game('POST', '/auth/email/verify', { code })
    expect(made.status).toBe(200)
    const record = await studio('GET', `${path}/players/${Object(made.body).user.id}/privacy`)
    const [acceptance] = Object(record.body).acceptances
    expect(acceptance.accepted_at > before && acceptance.accepted_at < asked).toBe(true)
  })
})
