import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, expect, inject, test } from 'vitest'
import { callerOf, inParallel } from '../../testing/caller.js'

let environment: TestEnvironment

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
})

const freshApi = async () => callerOf(environment.apiUrl, (await freshPlayer(environment)).headers)
const nothing = { analytics: false, marketing: false, voice: false, third_parties: false }

test('a new player has agreed to nothing', async () => {
  const api = await freshApi()
  const answer = await api('GET', '/privacy/consents')
  expect([answer.status, answer.body]).toEqual([200, { consents: nothing }])
})

test('a decision is kept, and what is not named stays as it was', async () => {
  const api = await freshApi()
  await api('PUT', '/privacy/consents', { voice: true })
  const answer = await api('PUT', '/privacy/consents', { analytics: true })
  expect(answer.body).toEqual({ consents: { ...nothing, voice: true, analytics: true } })
  expect((await api('GET', '/privacy/consents')).body).toEqual(answer.body)
})

test('what was agreed to can be withdrawn', async () => {
  const api = await freshApi()
  await api('PUT', '/privacy/consents', { analytics: true, marketing: true })
  const answer = await api('PUT', '/privacy/consents', { analytics: false })
  expect(answer.body).toEqual({ consents: { ...nothing, marketing: true } })
})

test('the decision of one player is nobody else’s', async () => {
  const [one, other] = [await freshApi(), await freshApi()]
  await one('PUT', '/privacy/consents', { third_parties: true })
  expect((await other('GET', '/privacy/consents')).body).toEqual({ consents: nothing })
})

test('parallel decisions about different purposes all count', async () => {
  const api = await freshApi()
  const purposes = Object.keys(nothing)
  await inParallel(20, index =>
    api('PUT', '/privacy/consents', { [purposes[index % 4] ?? '']: true }),
  )
  const everything = { analytics: true, marketing: true, voice: true, third_parties: true }
  expect((await api('GET', '/privacy/consents')).body).toEqual({ consents: everything })
})

test.each([{ analytics: 'true' }, { analytics: 1 }, { analytics: null }, { everything: true }])(
  'refuses %j: agreement is yes or no to something known',
  async decision => {
    const api = await freshApi()
    expect(codeOf(await api('PUT', '/privacy/consents', decision))).toBe('invalid_request')
    expect((await api('GET', '/privacy/consents')).body).toEqual({ consents: nothing })
  },
)
