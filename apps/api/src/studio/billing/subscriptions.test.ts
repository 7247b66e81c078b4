import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { call, codeOf } from '@aethex/shared/testing'
import { tiers } from '@aethex/shared/tiers'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { callerOf, inParallel } from '../../testing/caller.js'
import { type PayingStudio, payingStudio } from '../../testing/paying-studio.js'
import { openStored } from '../../testing/stored.js'
import { freshMember } from '../../testing/studio.js'
import { LedgerList, SubscriptionAnswer, TierList } from './schema.js'
import { tierOf, writeContract } from './service.js'

const stack = inject('stack')
const stored = openStored(stack)
let studio: PayingStudio

beforeAll(async () => {
  studio = await payingStudio(stack, stored)
})
afterAll(() => stored.close())

const subscription = async (of = studio) =>
  SubscriptionAnswer.parse((await of.bill('GET', '/subscription')).body).subscription
const ledger = async (of = studio) => LedgerList.parse((await of.bill('GET', '/ledger')).body).items
const auditOf = (of: PayingStudio, action: string) =>
  stored.rows(
    'SELECT actor_kind, actor_id, details FROM audit_entry WHERE organization_id = $1 AND action = $2 ORDER BY id',
    of.organizationId,
    action,
  )

describe('the price list', () => {
  test('A-ADV-07: everybody reads the tiers, as they are in the data', async () => {
    const answer = await callerOf(stack.api_url)('GET', '/billing/tiers')
    expect(TierList.parse(answer.body).items).toEqual([tiers.free, tiers.pro, tiers.enterprise])
  })
})

describe('a subscription', () => {
  test('a new organisation has the free tier', async () => {
    const fresh = await payingStudio(stack, stored)
    expect(await subscription(fresh)).toMatchObject({
      tier: 'free',
      status: 'active',
      since: null,
      price_minor: 0,
      limits: tiers.free.limits,
      features: tiers.free.features,
      contract: null,
    })
    expect(await tierOf(fresh.environment.environmentId, stored.db)).toBe('free')
  })

  test('goes up and down at once, with a line in audit log and ledger for each change', async () => {
    const up = await studio.bill('PUT', '/subscription', { tier: 'pro' })
    expect(SubscriptionAnswer.parse(up.body).subscription).toMatchObject({
      tier: 'pro',
      price_minor: 9_900,
      limits: tiers.pro.limits,
    })
    expect(await tierOf(studio.environment.environmentId, stored.db)).toBe('pro')
    const down = await studio.bill('PUT', '/subscription', { tier: 'free' })
    expect(SubscriptionAnswer.parse(down.body).subscription.tier).toBe('free')
    const changes = await auditOf(studio, 'billing.change_tier')
    expect(changes).toMatchObject([
      { actor_kind: 'member', actor_id: studio.member.id, details: { from: 'free', tier: 'pro' } },
      { actor_kind: 'member', actor_id: studio.member.id, details: { from: 'pro', tier: 'free' } },
    ])
    expect((await ledger()).map(entry => [entry.kind, entry.details.tier])).toEqual([
      ['subscription_changed', 'free'],
      ['subscription_changed', 'pro'],
    ])
  })

  test('the tier that is there already changes nothing', async () => {
    const before = await ledger()
    expect((await studio.bill('PUT', '/subscription', { tier: 'free' })).status).toBe(200)
    expect(await ledger()).toEqual(before)
  })

  test('a downgrade deletes nothing', async () => {
    const rich = await payingStudio(stack, stored)
    await rich.bill('PUT', '/subscription', { tier: 'pro' })
    const { body } = await rich.game('POST', '/auth/anonymous', {
      device_secret: crypto.randomUUID().repeat(2),
    })
    const { user, session } = Object(body)
    const headers = { authorization: `Bearer ${session.access_token}` }
    await rich.game('POST', '/saves/me', { save_id: 'slot1', data: { kept: true } }, headers)
    await rich.bill('PUT', '/subscription', { tier: 'free' })
    const read = await rich.game('GET', `/saves/${user.id}/slot1`, undefined, headers)
    expect(read).toMatchObject({ status: 200, body: { data: { kept: true } } })
  })

  test('ten changes at once are ten changes after each other', async () => {
    const busy = await payingStudio(stack, stored)
    await inParallel(10, index =>
      busy.bill('PUT', '/subscription', { tier: index % 2 === 0 ? 'pro' : 'free' }),
    )
    const entries = (await ledger(busy)).toReversed()
    const chain = entries.map(({ details }) => [details.from, details.tier])
    for (const [index, [from]] of chain.entries()) {
      expect(from).toBe(chain[index - 1]?.[1] ?? 'free')
    }
    expect((await subscription(busy)).tier).toBe(chain.at(-1)?.[1])
  })

  test('the enterprise tier cannot be taken by oneself', async () => {
    const answer = await studio.bill('PUT', '/subscription', { tier: 'enterprise' })
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test('without a payment provider there is no checkout and no portal', async () => {
    expect(codeOf(await studio.bill('POST', '/checkout', { tier: 'pro' }))).toBe('payments_off')
    expect(codeOf(await studio.bill('POST', '/portal'))).toBe('payments_off')
    const webhook = `${stack.api_url}/api/v1/billing/stripe/webhook`
    expect(codeOf(await call('POST', webhook, { json: {} }))).toBe('payments_off')
  })
})

describe('who may', () => {
  const asRole = async (role: string) => {
    const guest = await freshMember(stack.api_url)
    await stored.rows(
      'INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, $3::member_role)',
      studio.organizationId,
      guest.id,
      role,
    )
    return guest
  }
  const path = () => `/studio/organizations/${studio.organizationId}/subscription`

  test('a billing member reads and changes what is paid for', async () => {
    const { api } = await asRole('billing')
    expect((await api('GET', path())).status).toBe(200)
    expect((await api('PUT', path(), { tier: 'free' })).status).toBe(200)
  })

  test('an admin reads it only, and a developer does not even see it', async () => {
    const admin = await asRole('admin')
    expect((await admin.api('GET', path())).status).toBe(200)
    expect(codeOf(await admin.api('PUT', path(), { tier: 'pro' }))).toBe('insufficient_scope')
    const developer = await asRole('developer')
    expect(codeOf(await developer.api('GET', path()))).toBe('insufficient_scope')
  })
})

describe('a contract', () => {
  test('A-PRC-13: says otherwise what it says, from its first day to its last', async () => {
    const firm = await payingStudio(stack, stored)
    const hours = (count: number) => new Date(Date.now() + count * 3_600_000)
    await firm.agree({
      tier: 'enterprise',
      priceMinor: 123_400,
      overrides: {
        limits: { save_bytes_per_player: 77 },
        features: { dedicated_servers: 'pool-a' },
      },
      validFrom: hours(-1),
      validUntil: hours(1),
    })
    expect(await subscription(firm)).toMatchObject({
      tier: 'enterprise',
      price_minor: 123_400,
      limits: { monthly_active_players: null, save_bytes_per_player: 77 },
      features: { dedicated_servers: 'pool-a', branding: 'white_label' },
    })
    await firm.agree({
      tier: 'enterprise',
      overrides: { limits: { cdn_bytes: 5 } },
      validFrom: hours(2),
    })
    expect((await subscription(firm)).limits.save_bytes_per_player).toBe(77)
    await firm.agree({
      tier: 'enterprise',
      overrides: {},
      validFrom: hours(-2),
      validUntil: hours(-1),
    })
    expect((await subscription(firm)).limits.save_bytes_per_player).toBe(77)
    await firm.agree({ tier: 'enterprise', overrides: { limits: { save_bytes_per_player: 88 } } })
    expect((await subscription(firm)).limits.save_bytes_per_player).toBe(88)
  })

  test('is written into audit log and ledger under the name of who wrote it', async () => {
    const firm = await payingStudio(stack, stored, {
      terms: { tier: 'enterprise', writtenBy: 'grace.h' },
    })
    expect(await auditOf(firm, 'billing.write_contract')).toMatchObject([
      { actor_kind: 'operator', actor_id: 'grace.h', details: { tier: 'enterprise' } },
    ])
    expect((await ledger(firm)).map(entry => entry.kind)).toEqual(['contract_written'])
  })

  test('is written by a tool of those who reach the database, which reads its terms strictly', async () => {
    const firm = await payingStudio(stack, stored)
    const tool = fileURLToPath(new URL('../../../dist/write-contract.js', import.meta.url))
    const run = promisify(execFile)
    const write = (overrides: string) =>
      run(
        process.execPath,
        [tool, '--organization', firm.organizationId, '--overrides', overrides],
        {
          env: { DATABASE_URL: stack.app_database_url, WRITTEN_BY: 'ada', REASON: 'paper 7' },
        },
      )
    await expect(write('{"limits":{"gold":1}}')).rejects.toThrow('Unrecognized key')
    await write('{"limits":{"cdn_bytes":5},"features":{"dedicated_servers":"pool-b"}}')
    expect(await subscription(firm)).toMatchObject({
      tier: 'enterprise',
      limits: { cdn_bytes: 5 },
      features: { dedicated_servers: 'pool-b' },
    })
  })

  test('cannot be left by changing the tier', async () => {
    const firm = await payingStudio(stack, stored, { terms: { tier: 'enterprise' } })
    expect(codeOf(await firm.bill('PUT', '/subscription', { tier: 'free' }))).toBe('forbidden')
  })

  test('with an organisation that does not exist writes nothing', async () => {
    const before = await stored.rows('SELECT count(*) FROM contract')
    const terms = {
      tier: 'enterprise',
      overrides: {},
      priceMinor: null,
      validFrom: new Date(0),
      validUntil: null,
      writtenBy: 'ada',
      reason: 'a typing error',
    } as const
    const write = writeContract(
      { db: stored.db, now: () => new Date() },
      '01890000-0000-7000-8000-00000000dead',
      terms,
    )
    await expect(write).rejects.toMatchObject({ code: 'not_found' })
    expect(await stored.rows('SELECT count(*) FROM contract')).toEqual(before)
  })
})

describe('the ledger', () => {
  test('can be neither changed nor shortened, not even by the owner of the database', async () => {
    const { organizationId } = studio
    const change = 'UPDATE billing_ledger SET amount_minor = 0 WHERE organization_id = $1'
    const remove = 'DELETE FROM billing_ledger WHERE organization_id = $1'
    await expect(stored.rows(change, organizationId)).rejects.toThrow('only ever added')
    await expect(stored.rows(remove, organizationId)).rejects.toThrow('only ever added')
  })

  test('is paged newest first, each entry once', async () => {
    const all = await ledger()
    const first = LedgerList.parse((await studio.bill('GET', '/ledger?limit=1')).body)
    expect(first.items).toEqual(all.slice(0, 1))
    const rest = await studio.bill('GET', `/ledger?limit=100&cursor=${first.next_cursor}`)
    expect(LedgerList.parse(rest.body).items).toEqual(all.slice(1))
  })
})
