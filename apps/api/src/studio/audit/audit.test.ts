import { audit, sealOf } from '@aethex/shared/audit'
import { call, codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { type Caller, callerOf } from '../../testing/caller.js'
import { auditIsSealed } from '../../testing/sealed-log.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { AuditEntry, AuditList } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let studio: Caller
let stored: Stored
let path = ''

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  studio = callerOf(environment.apiUrl, { authorization: `Bearer ${environment.memberToken}` })
  path = `/studio/organizations/${environment.organizationId}/audit`
})
afterAll(() => stored.close())

const search = async (query = '') => {
  const answer = await studio('GET', `${path}${query}`)
  expect(answer.status).toBe(200)
  return AuditList.parse(answer.body)
}

/** An entry of our own making. */
const write = (action: string, more: Partial<Parameters<typeof audit>[1]> = {}) =>
  audit(stored.db, {
    environmentId: environment.environmentId,
    actor: { kind: 'job', id: 'test' },
    action,
    requestId: 'test',
    ...more,
  })

describe('searching', () => {
  test('a deed stands in the log of its organisation, with who, what, where and when', async () => {
    const made = await studio('POST', `/studio/environments/${environment.environmentId}/keys`, {
      kind: 'secret',
      name: 'audited',
      scopes: ['saves:read'],
    })
    const { key } = z.object({ key: z.object({ id: z.string() }) }).parse(made.body)
    const { items } = await search(`?target=${key.id}`)
    expect(items).toEqual([
      {
        id: expect.any(String),
        organization_id: environment.organizationId,
        environment_id: environment.environmentId,
        actor: { kind: 'member', id: expect.any(String) },
        action: 'keys.create',
        target: key.id,
        details: expect.objectContaining({ kind: 'secret', scopes: ['saves:read'] }),
        request_id: made.headers.get('x-request-id'),
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      },
    ])
  })

  test('finds by actor, action, target and environment, each and together', async () => {
    await write('test.found', { actor: { kind: 'job', id: 'finder' }, target: 'needle' })
    await write('test.found', { actor: { kind: 'job', id: 'other' }, target: 'hay' })
    const actions = async (query: string) => (await search(query)).items.map(item => item.target)
    expect(await actions('?action=test.found')).toEqual(['hay', 'needle'])
    expect(await actions('?actor=finder')).toEqual(['needle'])
    expect(await actions('?target=hay')).toEqual(['hay'])
    expect(
      await actions(`?action=test.found&actor=other&environment_id=${environment.environmentId}`),
    ).toEqual(['hay'])
    expect(await actions('?action=test.found&target=needle&actor=other')).toEqual([])
  })

  test('finds by time, from the first moment on and before the second', async () => {
    await write('test.time')
    const [entry] = (await search('?action=test.time')).items
    const at = entry?.created_at ?? ''
    const count = async (query: string) => (await search(`?action=test.time&${query}`)).items.length
    expect(await count(`from=${at}`)).toBe(1)
    expect(await count(`to=${at}`)).toBe(0)
    const offset = encodeURIComponent(at.replace('Z', '+00:00'))
    expect(await count(`from=${offset}`)).toBe(1)
    expect(await count('from=2999-01-01T00:00:00Z')).toBe(0)
    expect(await count('to=2000-01-01T00:00:00Z')).toBe(0)
  })

  test('pages meet every entry once, newest first, while others write', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `page ${index}`)
    for (const target of names) await write('test.page', { target })
    const seen: (string | null)[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: z.output<typeof AuditList> = await search(
        `?action=test.page&limit=10${cursor === '' ? '' : `&cursor=${cursor}`}`,
      )
      seen.push(...page.items.map(item => item.target))
      cursor = page.next_cursor
      await write('test.page', { target: 'meanwhile' })
    }
    expect(seen).toEqual(names.toReversed())
  })

  test.each([
    '?actor=a&actor=b',
    '?sort=created_at',
    '?limit=1000',
    '?limit=-1',
    '?from=yesterday',
    '?from=2026-01-01',
    '?environment_id=%27%20OR%201=1--',
    '?actor[$gt]=',
    '?action=',
    `?target=${'x'.repeat(201)}`,
  ])('D12: refuses %s', async query => {
    expect(codeOf(await studio('GET', path + query))).toBe('invalid_request')
  })

  test.each(["' OR 1=1--", '%', '_____', '{x:String}', '$1', "'; DROP TABLE audit_entry; --"])(
    'D12: %s is a value like any other',
    async value => {
      const query = encodeURIComponent(value)
      for (const name of ['actor', 'action', 'target']) {
        expect((await search(`?${name}=${query}`)).items).toEqual([])
      }
      await write('test.injection', { target: value })
      expect((await search(`?target=${query}`)).items).toHaveLength(1)
    },
  )

  test.each(['x', 'bnVsbA', Buffer.from('["2026-01-01","x"]').toString('base64url')])(
    'D11: refuses the cursor %s',
    async cursor => {
      expect(codeOf(await studio('GET', `${path}?cursor=${cursor}`))).toBe('invalid_cursor')
    },
  )

  test('what happens in another organisation is not in this one', async () => {
    const other = await freshEnvironment(stack)
    await write('test.elsewhere', { environmentId: other.environmentId })
    expect((await search('?action=test.elsewhere')).items).toEqual([])
    expect((await search(`?environment_id=${other.environmentId}`)).items).toEqual([])
  })

  test('only who may read the log of the organisation reads it', async () => {
    const email = `${crypto.randomUUID()}@studio.example`
    const signedUp = await callerOf(environment.apiUrl)('POST', '/studio/signup', {
      email,
      password: `a long ${crypto.randomUUID()}`,
      name: 'Eve',
    })
    const { member, session } = z
      .object({
        member: z.object({ id: z.string() }),
        session: z.object({ access_token: z.string() }),
      })
      .parse(signedUp.body)
    const eve = callerOf(environment.apiUrl, { authorization: `Bearer ${session.access_token}` })
    const paths = [path, `${path}/verify`, `${path}/export`]
    for (const one of paths) expect(codeOf(await eve('GET', one))).toBe('not_found')
    await stored.rows(
      "INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, 'developer')",
      environment.organizationId,
      member.id,
    )
    for (const one of paths) expect(codeOf(await eve('GET', one))).toBe('insufficient_scope')
  })
})

describe('the export', () => {
  const Line = z.strictObject({
    ...AuditEntry.shape,
    details: z.record(z.string(), z.json()),
    seal: z.object({ seq: z.number(), prev_hash: z.string(), hash: z.string() }).nullable(),
  })

  async function exported(query = '') {
    const response = await fetch(`${environment.apiUrl}/api/v1${path}/export${query}`, {
      headers: { authorization: `Bearer ${environment.memberToken}` },
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const text = await response.text()
    expect(text.endsWith('\n')).toBe(true)
    return text
      .trimEnd()
      .split('\n')
      .map(line => Line.parse(JSON.parse(line)))
  }

  test('has every entry of its organisation once, oldest first, across its pages', async () => {
    await stored.rows(
      `WITH made AS (INSERT INTO audit_entry (id, organization_id, actor_kind, action, details, request_id, created_at)
         SELECT gen_random_uuid(), $1, 'job', 'test.export', '{}', i::text, now() - interval '1 hour' + i * interval '1 ms'
         FROM generate_series(1, 2500) i RETURNING id)
       INSERT INTO audit_unsealed SELECT id FROM made`,
      environment.organizationId,
    )
    await auditIsSealed(stored, environment.organizationId)
    const lines = (await exported()).filter(line => line.action === 'test.export')
    expect(lines.map(line => line.request_id)).toEqual(
      Array.from({ length: 2_500 }, (_, index) => String(index + 1)),
    )
  })

  test('can be verified by whoever holds it: every line is what its seal covers', async () => {
    const lines = await exported()
    const chain = lines.filter(line => line.seal !== null)
    chain.sort((a, b) => (a.seal?.seq ?? 0) - (b.seal?.seq ?? 0))
    let previous = '0'.repeat(64)
    for (const { seal, ...entry } of chain) {
      if (seal === null) throw new Error('there is a seal')
      expect(seal.prev_hash).toBe(previous)
      const hash = sealOf(seal.seq, Buffer.from(previous, 'hex'), entry)
      expect(hash.toString('hex')).toBe(seal.hash)
      previous = seal.hash
    }
    expect(chain.length).toBeGreaterThan(100)
  })

  test('has only the period that is asked for, and stands in the log itself', async () => {
    await write('test.period')
    const [entry] = (await search('?action=test.period')).items
    const lines = await exported(`?from=${entry?.created_at}`)
    expect(lines[0]?.action).toBe('test.period')
    expect((await search('?action=audit.export')).items[0]?.details).toMatchObject({
      from: entry?.created_at,
    })
    expect(codeOf(await studio('GET', `${path}/export?from=never`))).toBe('invalid_request')
  })

  test('answers HEAD without a body, and ends when the reader hangs up', async () => {
    const headers = { authorization: `Bearer ${environment.memberToken}` }
    const url = `${environment.apiUrl}/api/v1${path}/export`
    expect((await call('HEAD', url, { headers })).body).toBeUndefined()
    const aborted = new AbortController()
    const response = await fetch(url, { headers, signal: aborted.signal })
    await response.body?.getReader().read()
    aborted.abort()
    expect((await search('?limit=1')).items).toHaveLength(1)
  })
})
