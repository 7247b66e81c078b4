import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { type FactorStage, type Guest, openFactorStage } from '../../testing/factor-stage.js'
import { createPasskey } from '../../testing/software-passkey.js'
import { openStored, type Stored } from '../../testing/stored.js'

let stage: FactorStage
let stored: Stored
// What the platform's own domain is when nothing is set.
let page: { origin: string; rpId: string }

beforeAll(async () => {
  const stack = inject('stack')
  stored = openStored(stack)
  stage = await openFactorStage(stack)
  page = { origin: `http://localhost:${new URL(stack.api_url).port}`, rpId: 'localhost' }
})
afterAll(async () => {
  await stage.close()
  await stored.close()
})

async function addPasskey({ api }: Guest, name: string): Promise<string> {
  const answer = await api('POST', '/auth/passkeys/registration-options')
  const credential = createPasskey(page).create(Object(answer.body).options)
  const made = await api('POST', '/auth/passkeys', { credential, name })
  expect(made.status).toBe(201)
  return Object(made.body).passkey.id
}

const passkeysOf = async ({ api }: Guest) => Object((await api('GET', '/auth/passkeys')).body).items

test("without a setting passkeys are bound to the platform's own domain, localhost on a loopback address", async () => {
  const guest = await stage.guest()
  const answer = await guest.api('POST', '/auth/passkeys/registration-options')
  expect(Object(answer.body).options.rp).toEqual({ id: 'localhost', name: expect.any(String) })
  await addPasskey(guest, 'Laptop')
})

test('a passkey is renamed and removed by its owner, and is not there for anybody else', async () => {
  const [guest, other] = [await stage.guest(), await stage.guest()]
  const id = await addPasskey(guest, 'Laptop')
  for (const [method, body] of [
    ['PUT', { name: 'Mine now' }],
    ['DELETE', undefined],
  ] as const) {
    const answer = await other.api(method, `/auth/passkeys/${id}`, body)
    expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
  }
  const renamed = await guest.api('PUT', `/auth/passkeys/${id}`, { name: 'Desktop' })
  expect(Object(renamed.body).passkey).toMatchObject({ id, name: 'Desktop' })
  expect((await guest.api('DELETE', `/auth/passkeys/${id}`)).status).toBe(204)
  expect(codeOf(await guest.api('DELETE', `/auth/passkeys/${id}`))).toBe('not_found')
  expect(await passkeysOf(guest)).toEqual([])
})

test('the last way in cannot be removed: of two removals at once one succeeds', async () => {
  const guest = await stage.guest()
  const ids = [await addPasskey(guest, 'One'), await addPasskey(guest, 'Two')]
  await stored.rows('DELETE FROM device_credential WHERE player_id = $1', guest.id)
  const answers = await inParallel(2, index => guest.api('DELETE', `/auth/passkeys/${ids[index]}`))
  expect(tally(answers)).toEqual({ 204: 1, 409: 1 })
  const refused = answers.find(({ status }) => status === 409)
  expect(refused && codeOf(refused)).toBe('last_way_in')
  expect(await passkeysOf(guest)).toHaveLength(1)
})

test('an account holds twenty passkeys, whenever their options were drawn', async () => {
  const guest = await stage.guest()
  const drawn = await guest.api('POST', '/auth/passkeys/registration-options')
  await stored.rows(
    `INSERT INTO player_passkey
       (environment_id, id, player_id, credential_id, public_key, counter, transports, backed_up, name)
     SELECT $1, gen_random_uuid(), $2, decode(md5(random()::text), 'hex'), '', 0, '{}', false, 'Key'
     FROM generate_series(1, 20)`,
    stage.environment.environmentId,
    guest.id,
  )
  const answer = await guest.api('POST', '/auth/passkeys/registration-options')
  expect([answer.status, codeOf(answer)]).toEqual([409, 'too_many_passkeys'])
  const credential = createPasskey(page).create(Object(drawn.body).options)
  const late = await guest.api('POST', '/auth/passkeys', { credential, name: 'Late' })
  expect(codeOf(late)).toBe('too_many_passkeys')
})

const write = (value: unknown) => {
  const { environmentId, memberToken } = stage.environment
  const member = callerOf(stage.api.url, { authorization: `Bearer ${memberToken}` })
  const path = `/studio/environments/${environmentId}/settings/auth.passkeys`
  return member('PUT', path, value)
}

test.each([
  ['an address', { rp_id: '127.0.0.1' }],
  ['a URL', { rp_id: 'https://sky.example' }],
  ['capitals', { rp_id: 'Sky.example' }],
])('the domain of passkeys cannot be %s', async (_what, value) => {
  const answer = await write(value)
  expect(codeOf(answer)).toBe('invalid_request')
  expect(JSON.stringify(Object(answer.body).errors)).toContain('/rp_id')
})

test.each([
  ['without TLS', 'http://play.sky.example'],
  ['outside of the domain', 'https://sky.example.evil.example'],
  ['that only ends alike', 'https://bluesky.example'],
  ['with a path', 'https://sky.example/play'],
  ['of another scheme', 'javascript:alert(1)'],
])('a page %s cannot use them', async (_what, origin) => {
  const answer = await write({ rp_id: 'sky.example', origins: [origin] })
  expect(codeOf(answer)).toBe('invalid_request')
  expect(JSON.stringify(Object(answer.body).errors)).toContain('/origins')
})

test('pages within the domain and Android apps can be named', async () => {
  const origins = [
    'https://sky.example',
    'https://play.sky.example:8443',
    `android:apk-key-hash:${'A'.repeat(43)}`,
  ]
  expect((await write({ rp_id: 'sky.example', origins })).status).toBe(200)
  expect((await write({ rp_id: null, origins: [] })).status).toBe(200)
})
