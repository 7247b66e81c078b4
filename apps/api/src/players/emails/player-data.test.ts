import { openVault } from '@aethex/shared/auth'
import { openMailOutbox } from '@aethex/shared/mail'
import { freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Parts } from '../../gateway/context.js'
import { secretsOf } from '../../testing/another-api.js'
import { mailAccountsOf } from '../../testing/mail-accounts.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { playerData } from './player-data.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let parts: Parts

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  // Of the parts this feature uses the database alone.
  parts = { db: stored.db } as Parts
})
afterAll(() => stored.close())

async function exported(playerId: string) {
  const files: Record<string, unknown> = {}
  const { environmentId } = environment
  for await (const file of playerData.exportFor(parts, environmentId, playerId)) {
    files[file.name] = file.content
  }
  return files
}
const lettersTo = (email: string) =>
  stored.rows('SELECT template FROM mail_outbox WHERE recipient_key = $1', email)

test('an export holds the address, the codes without their hashes, and what was sent', async () => {
  const accounts = mailAccountsOf(stack, environment)
  const account = await accounts.freshAccount()
  const code = await accounts.resetCodeOf(account)
  const files = await exported(account.id)
  expect(files).toMatchObject({
    'address.json': { email: account.email, verified_at: null },
    'codes.json': [{ purpose: 'reset_password', used_at: null }],
    'letters.json': [{ template: 'reset_password' }],
  })
  const text = JSON.stringify(files)
  expect(text).not.toContain(code)
  expect(text).not.toMatch(/hash|sealed/)
})

test('an erasure leaves neither address, code nor letter, twice as well as once', async () => {
  const accounts = mailAccountsOf(stack, environment)
  const account = await accounts.freshAccount()
  await accounts.resetCodeOf(account)
  const erase = () => playerData.eraseFor(parts, environment.environmentId, account.id)
  expect(await erase()).toEqual({
    mail_outbox: 1,
    pending_registration: 0,
    player_code: 1,
    player_email: 1,
  })
  expect(await exported(account.id)).toEqual({})
  expect(await lettersTo(account.email)).toEqual([])
  expect(Object.values(await erase()).every(count => count === 0)).toBe(true)
})

test('the letter that tells of the erasure is sent, and leaves nothing behind', async () => {
  const accounts = mailAccountsOf(stack, environment)
  const email = accounts.freshEmail()
  const vault = openVault(Buffer.from(secretsOf(stack).master_key, 'base64'))
  await openMailOutbox(vault).queue(stored.db, {
    environmentId: environment.environmentId,
    to: email,
    template: 'erasure_done',
    values: { receipt: 'r-1' },
  })
  const letter = await accounts.mailboxOf(email).next(/was deleted/)
  expect(letter.text).toContain('r-1')
  await expect.poll(() => lettersTo(email)).toEqual([])
})

test('a player without an address has nothing here', async () => {
  const guest = await freshPlayer(environment)
  expect(await exported(guest.id)).toEqual({})
})
