import { codeOf, freshEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { openPrivacyPlace, type PrivacyPlace, within } from '../../testing/privacy-place.js'
import { openStored, type Stored } from '../../testing/stored.js'

const stack = inject('stack')
let place: PrivacyPlace
let stored: Stored

beforeAll(async () => {
  place = await openPrivacyPlace(stack)
  stored = openStored(stack)
})
afterAll(() => stored.close())

const freshApi = async () => (await place.player()).as
const nothing = { analytics: false, marketing: false, voice: false, third_parties: false }
const undecided = { state: 'undecided', since: null, policy_version: null, source: null }
const policy = (over: object = {}) => ({
  kind: 'privacy',
  documents: [{ locale: 'en', title: 'Privacy', text: 'What we do' }],
  requires_acceptance: false,
  ...over,
})

test('a new player has agreed to nothing', async () => {
  const api = await freshApi()
  const answer = await api('GET', '/privacy/consents')
  expect([answer.status, answer.body]).toEqual([
    200,
    {
      consents: nothing,
      details: {
        analytics: undecided,
        marketing: undecided,
        voice: undecided,
        third_parties: undecided,
      },
      policy_version: null,
    },
  ])
})

test('a decision is kept, and what is not named stays as it was', async () => {
  const api = await freshApi()
  await api('PUT', '/privacy/consents', { voice: true })
  const answer = await api('PUT', '/privacy/consents', { analytics: true })
  expect(answer.body).toMatchObject({ consents: { ...nothing, voice: true, analytics: true } })
  expect((await api('GET', '/privacy/consents')).body).toEqual(answer.body)
})

test('what was agreed to can be withdrawn the same way, and both stay in the log', async () => {
  const { as, id } = await place.player()
  await as(
    'PUT',
    '/privacy/consents',
    { analytics: true, locale: 'de-AT' },
    { 'x-device-name': 'Deck' },
  )
  await as('PUT', '/privacy/consents', { analytics: true })
  const answer = await as('PUT', '/privacy/consents', { analytics: false })
  expect(answer.body).toMatchObject({
    consents: nothing,
    details: { analytics: { state: 'denied', source: 'player', since: expect.any(String) } },
  })
  const record = await place.studio('GET', `${place.path}/players/${id}/privacy`)
  expect(Object(record.body).decisions).toMatchObject([
    { purpose: 'analytics', granted: false, source: 'player' },
    { purpose: 'analytics', granted: true, locale: 'de-AT', device_name: 'Deck' },
  ])
  const touch = stored.rows('UPDATE consent_decision SET granted = true WHERE player_id = $1', id)
  await expect(touch).rejects.toThrow()
})

test('the decision of one player is nobody else’s, and the record is their studio’s', async () => {
  const [one, other] = [await place.player(), await freshApi()]
  await one.as('PUT', '/privacy/consents', { third_parties: true })
  expect((await other('GET', '/privacy/consents')).body).toMatchObject({ consents: nothing })
  const away = await freshEnvironment(stack)
  const stranger = callerOf(away.apiUrl, { 'x-api-key': away.secretKey })
  const path = `/players/${one.id}/privacy`
  expect(codeOf(await stranger('GET', place.path + path))).toBe('not_found')
  const own = `/studio/environments/${away.environmentId}`
  expect(codeOf(await stranger('GET', own + path))).toBe('not_found')
})

test('parallel decisions about different purposes all count, each once', async () => {
  const { as, id } = await place.player()
  const purposes = Object.keys(nothing)
  const answers = await inParallel(20, index =>
    as('PUT', '/privacy/consents', { [purposes[index % 4] ?? '']: true }),
  )
  expect(tally(answers)).toEqual({ 200: 20 })
  const everything = { analytics: true, marketing: true, voice: true, third_parties: true }
  expect((await as('GET', '/privacy/consents')).body).toMatchObject({ consents: everything })
  const rows = await stored.rows('SELECT purpose FROM consent_decision WHERE player_id = $1', id)
  expect(rows).toHaveLength(4)
})

test.each([
  { analytics: 'true' },
  { analytics: 1 },
  { analytics: null },
  { everything: true },
  { analytics: true, locale: 'not a language' },
])('refuses %j: agreement is yes or no to something known', async decision => {
  const api = await freshApi()
  expect(codeOf(await api('PUT', '/privacy/consents', decision))).toBe('invalid_request')
  expect((await api('GET', '/privacy/consents')).body).toMatchObject({ consents: nothing })
})

describe('a policy that changes', () => {
  test('is named by the decisions made under it', async () => {
    const { publish, player } = await openPrivacyPlace(stack)
    await publish(policy())
    const { as } = await player()
    const shown = { analytics: true, policy_version: 1 }
    expect((await as('PUT', '/privacy/consents', shown)).body).toMatchObject({
      details: { analytics: { state: 'granted', policy_version: 1 } },
      policy_version: 1,
    })
    const other = await as('PUT', '/privacy/consents', { ...shown, policy_version: 2 })
    expect(codeOf(other)).toBe('policy_outdated')
    expect(other.body).toMatchObject({ current: [{ kind: 'privacy', version: 1 }] })
  })

  test('lets those consents lapse that it says must be asked for again, yes and no alike', async () => {
    const { publish, player } = await openPrivacyPlace(stack)
    await publish(policy())
    const { as } = await player()
    await as('PUT', '/privacy/consents', { analytics: true, marketing: true, voice: false })
    await publish(policy({ renews_consents: ['analytics', 'voice'] }))
    const states = async () => {
      const { details } = Object((await as('GET', '/privacy/consents')).body)
      return [details.analytics.state, details.marketing.state, details.voice.state]
    }
    const lapsed = ['ask_again', 'granted', 'ask_again'].join()
    expect(await within(1_600, async () => (await states()).join() === lapsed)).toBe(true)
    const events = { events: [{ event_id: crypto.randomUUID(), name: 'a', time: new Date() }] }
    expect(codeOf(await as('POST', '/analytics/events', events))).toBe('consent_required')
    const again = await as('PUT', '/privacy/consents', { analytics: true, policy_version: 2 })
    expect(again.body).toMatchObject({
      consents: { analytics: true },
      details: { analytics: { state: 'granted', policy_version: 2 } },
    })
  })

  test('keeps every consent that it does not name', async () => {
    const { publish, player } = await openPrivacyPlace(stack)
    await publish(policy())
    const { as } = await player()
    await as('PUT', '/privacy/consents', { analytics: true })
    await publish(policy())
    expect((await as('GET', '/privacy/consents')).body).toMatchObject({
      consents: { analytics: true },
      details: { analytics: { policy_version: 1 } },
      policy_version: 2,
    })
  })
})

test('permissions say what a player may do', async () => {
  const { as } = await place.player()
  await as('PUT', '/privacy/consents', { voice: true })
  expect((await as('GET', '/auth/permissions')).body).toEqual({
    is_child: false,
    age_required: false,
    permissions: { chat: true, ...nothing, voice: true },
  })
})
