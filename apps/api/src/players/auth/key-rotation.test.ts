import { createPrivateKey } from 'node:crypto'
import { openVault } from '@aethex/shared/auth'
import { type Database, openDatabase } from '@aethex/shared/db'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { call, codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { secretsOf, startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf } from '../../testing/caller.js'
import { forgerWith, takeApart } from '../../testing/forged-tokens.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { retireSigningKeys, rotateSigningKey } from './key-rotation.js'
import { listKeys } from './key-store.js'
import { Jwks, SignedIn } from './schema.js'

// The keys are everybody's, so these processes have a table of keys of their own: it shadows the stack's.
const stack = inject('stack')
const schema = `rotation_${crypto.randomUUID().slice(0, 8)}`
const vault = openVault(Buffer.from(secretsOf(stack).master_key, 'base64'))
let stored: Stored
let db: Database
let environment: TestEnvironment
let apis: readonly Running[]
let aheadMs = 0
const now = () => new Date(Date.now() + aheadMs)

beforeAll(async () => {
  stored = openStored(stack)
  await stored.rows(`CREATE SCHEMA ${schema}`)
  await stored.rows(`CREATE TABLE ${schema}.signing_key (LIKE public.signing_key INCLUDING ALL)`)
  environment = await freshEnvironment(stack)
  const url = new URL(stack.database_url)
  url.searchParams.set('options', `-c search_path=${schema},public`)
  db = openDatabase(url.href, createLog('test', 'silent'), 2)
  const start = () =>
    startAnotherApi(stack, { DATABASE_URL: url.href }, { now, reloadKeysEveryMs: 50 })
  apis = [await start(), await start()]
})
afterAll(async () => {
  await Promise.all(apis.map(api => api.close()))
  await db.close()
  await stored.rows(`DROP SCHEMA ${schema} CASCADE`)
  await stored.close()
})

const callers = (): Caller[] =>
  apis.map(api => callerOf(api.url, { 'x-api-key': environment.publishableKey }))

async function signIn(by: Caller | undefined): Promise<string> {
  const device_secret = crypto.randomUUID() + crypto.randomUUID()
  const answer = await by?.('POST', '/auth/anonymous', { device_secret })
  return SignedIn.parse(answer?.body).session.access_token
}

const kidOf = (token: string) => String(takeApart(token).header.kid)

const profiles = (token: string) =>
  Promise.all(
    callers().map(by =>
      by('GET', '/auth/profile', undefined, { authorization: `Bearer ${token}` }),
    ),
  )

/** A fresh token like the given one, signed with the key of its kid. */
async function forge(token: string): Promise<string> {
  const { header, payload } = takeApart(token)
  const key = (await listKeys(db)).find(({ kid }) => kid === header.kid)
  const pem = vault.unseal('signing keys', key?.sealed_private ?? Buffer.alloc(0))
  const iat = Math.floor(now().getTime() / 1_000)
  return forgerWith(createPrivateKey(pem))(header, { ...payload, iat, exp: iat + 900 })
}

async function published(): Promise<string[]> {
  const answer = await call('GET', `${apis[0]?.url}/.well-known/jwks.json`)
  const { keys } = Jwks.parse(answer.body)
  for (const key of keys) {
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  }
  return keys.map(key => key.kid)
}

const untilBothSignWith = (kid: string | undefined) =>
  expect
    .poll(async () => (await Promise.all(callers().map(signIn))).map(kidOf), { timeout: 5_000 })
    .toEqual([kid, kid])

test('B13: a new key is published first and signs later, the old one verifies until its grace is over', async () => {
  const [here] = callers()
  const before = await signIn(here)
  const oldKid = kidOf(before)
  expect(await published()).toEqual([oldKid])

  const newKid = await rotateSigningKey({ db, vault, now })
  // Published at once; five minutes later everybody has read of it, and it still does not sign.
  expect(await published()).toEqual([newKid, oldKid])
  aheadMs += 300_000
  expect(kidOf(await signIn(here))).toBe(oldKid)
  // A second wish while one is under way makes no third key.
  expect(await rotateSigningKey({ db, vault, now })).toBeUndefined()

  aheadMs += 31_000
  await untilBothSignWith(newKid)
  const after = await signIn(here)
  const lastOfOld = await forge(before)
  for (const token of [lastOfOld, after]) {
    expect((await profiles(token)).map(answer => answer.status)).toEqual([200, 200])
  }

  // Sessions of the old key go on: only their access tokens were signed with it.
  aheadMs += 1_200_000
  expect(await published()).toEqual([newKid])
  for (const answer of await profiles(await forge(before))) {
    expect([answer.status, codeOf(answer)]).toEqual([401, 'token_invalid'])
  }
  expect(await retireSigningKeys({ db, now })).toEqual([oldKid])
  const rows = await stored.rows(
    `SELECT length(sealed_private) AS length FROM ${schema}.signing_key WHERE kid = $1`,
    oldKid,
  )
  expect(rows).toEqual([{ length: 0 }])
})

test('B13: of ten processes that rotate an old key at once one makes a new one', async () => {
  aheadMs += 31 * 86_400_000
  const wish = { olderThanDays: 30 }
  const made = await Promise.all(
    Array.from({ length: 10 }, () => rotateSigningKey({ db, vault, now }, wish)),
  )
  expect(made.filter(kid => kid !== undefined)).toHaveLength(1)
  expect(await rotateSigningKey({ db, vault, now }, wish)).toBeUndefined()
})

test('B13: a key that has leaked is worth nothing as soon as the others have read of it', async () => {
  const [here] = callers()
  const token = await signIn(here)
  const kid = await rotateSigningKey({ db, vault, now }, { atOnce: true })
  await untilBothSignWith(kid)
  expect(await published()).toEqual([kid])
  for (const answer of await profiles(token)) expect(codeOf(answer)).toBe('token_invalid')
  const audited = await stored.rows('SELECT action FROM audit_entry WHERE target = $1', kid)
  expect(audited).toEqual([{ action: 'signing_keys.rotate' }])
})
