import { audit } from '@aethex/shared/audit'
import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { type Caller, callerOf, inParallel } from '../../testing/caller.js'
import { auditIsSealed } from '../../testing/sealed-log.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { AuditList, Verification } from './schema.js'
import { sealAuditLog } from './service.js'

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

const verify = async (query = '') =>
  Verification.parse((await studio('GET', `${path}/verify${query}`)).body)

/** An entry of our own making. */
const write = (action: string, more: Partial<Parameters<typeof audit>[1]> = {}) =>
  audit(stored.db, {
    environmentId: environment.environmentId,
    actor: { kind: 'job', id: 'test' },
    action,
    requestId: 'test',
    ...more,
  })

describe('the chain', () => {
  test('I13: every entry becomes a link within seconds, and the chain is intact', async () => {
    await write('test.chained')
    await auditIsSealed(stored, environment.organizationId)
    const { intact, checked, head } = await verify()
    expect(intact).toBe(true)
    const [row] = await stored.rows(
      'SELECT count(*)::int AS entries FROM audit_entry WHERE organization_id = $1',
      environment.organizationId,
    )
    expect(checked).toBe(row?.entries)
    expect(head).toEqual({ seq: checked, hash: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  test('of many writers and several sealers every entry has one link, and no link is missing', async () => {
    await Promise.all([
      inParallel(60, index => write('test.crowd', { target: `${index}` })),
      inParallel(60, index =>
        stored.db.transaction(tx =>
          audit(tx, {
            organizationId: environment.organizationId,
            actor: { kind: 'job' },
            action: 'test.crowd',
            target: `tx ${index}`,
            requestId: 'test',
          }),
        ),
      ),
      inParallel(6, () => sealAuditLog(stored.db)),
    ])
    await auditIsSealed(stored, environment.organizationId)
    expect(await verify()).toMatchObject({ intact: true })
    const [row] = await stored.rows(
      `SELECT count(*)::int AS links, count(DISTINCT entry_id)::int AS entries, max(seq)::int AS last
       FROM audit_seal WHERE organization_id = $1`,
      environment.organizationId,
    )
    expect(row?.entries).toBe(row?.links)
    expect(row?.last).toBe(row?.links)
  })

  test('a deed does not wait for the chain', async () => {
    await stored.db.transaction(async tx => {
      const sql = "SELECT pg_advisory_xact_lock(hashtextextended('audit seal', 0))"
      await tx.one({ name: '', text: sql }, [])
      await tx.one({ name: '', text: 'LOCK TABLE audit_seal IN ACCESS EXCLUSIVE MODE' }, [])
      const other = openStored(stack)
      await audit(other.db, {
        environmentId: environment.environmentId,
        actor: { kind: 'job' },
        action: 'test.unhindered',
        requestId: 'test',
      })
      await other.close()
    })
    const { body } = await studio('GET', `${path}?action=test.unhindered`)
    expect(AuditList.parse(body).items).toHaveLength(1)
  })

  test('what concerns no organisation has a chain, too', async () => {
    await audit(stored.db, { actor: { kind: 'job' }, action: 'test.platform', requestId: 'test' })
    await auditIsSealed(stored, null)
    const [row] = await stored.rows(
      `SELECT s.organization_id FROM audit_seal s JOIN audit_entry e ON e.id = s.entry_id
       WHERE e.action = 'test.platform' LIMIT 1`,
    )
    expect(row).toEqual({ organization_id: '00000000-0000-0000-0000-000000000000' })
  })
})

describe('I13: whoever owns the database changes the log, and verifying names the place:', () => {
  let mine: TestEnvironment
  let owner: Caller
  let links: { seq: number; entry_id: string }[]

  beforeAll(async () => {
    mine = await freshEnvironment(stack)
    owner = callerOf(mine.apiUrl, { authorization: `Bearer ${mine.memberToken}` })
    for (let index = 0; index < 5; index++) {
      await write('test.tampered', { environmentId: mine.environmentId, target: `${index}` })
    }
    await auditIsSealed(stored, mine.organizationId)
    links = z
      .array(z.object({ seq: z.number(), entry_id: z.string() }))
      .parse(
        await stored.rows(
          'SELECT seq, entry_id FROM audit_seal WHERE organization_id = $1 ORDER BY seq',
          mine.organizationId,
        ),
      )
  })

  const verdict = async (query = '') => {
    const url = `/studio/organizations/${mine.organizationId}/audit/verify${query}`
    return Verification.parse((await owner('GET', url)).body)
  }
  const linkAt = (index: number) => {
    const link = links.at(index)
    if (link === undefined) throw new Error('the chain is too short')
    return link
  }

  /** What verifying says of the tampered log; afterwards everything is as it was. */
  async function judge(sql: string, ...values: unknown[]) {
    const copies = ['audit_entry', 'audit_seal'].map(async table => ({
      table,
      rows: await stored.rows(
        `SELECT to_jsonb(t) AS row FROM ${table} t WHERE organization_id = $1`,
        mine.organizationId,
      ),
    }))
    const before = await Promise.all(copies)
    await stored.rows(sql, ...values)
    const said = await verdict()
    await stored.db.transaction(async tx => {
      for (const { table, rows } of before) {
        const clear = `DELETE FROM ${table} WHERE organization_id = $1`
        await tx.all({ name: '', text: clear }, [mine.organizationId])
        const restore = `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`
        await tx.all({ name: '', text: restore }, [JSON.stringify(rows.map(({ row }) => row))])
      }
    })
    expect(await verdict()).toMatchObject({ intact: true })
    return said
  }

  test.each([
    ['its action', "action = 'nothing.happened'"],
    ['who did it', "actor_id = 'somebody else'"],
    ['one of its details', `details = details || '{"more": 1}'`],
    ['its time, by a microsecond', "created_at = created_at + interval '1 microsecond'"],
    ['its environment', 'environment_id = NULL'],
  ])('an entry, %s', async (_what, change) => {
    const { seq, entry_id } = linkAt(-3)
    const said = await judge(`UPDATE audit_entry SET ${change} WHERE id = $1`, entry_id)
    expect(said).toMatchObject({
      intact: false,
      checked: seq - 1,
      head: { seq: seq - 1 },
      first_break: { reason: 'entry_changed', seq, entry_id },
    })
  })

  test('an entry that is gone', async () => {
    const { seq, entry_id } = linkAt(-2)
    const said = await judge('DELETE FROM audit_entry WHERE id = $1', entry_id)
    expect(said.first_break).toEqual({ reason: 'entry_missing', seq, entry_id })
  })

  test('two entries that have changed places', async () => {
    const [a, b] = [linkAt(-4), linkAt(-2)]
    const said = await judge(
      `UPDATE audit_entry e SET target = o.target, details = o.details, created_at = o.created_at
       FROM audit_entry o WHERE e.id IN ($1, $2) AND o.id IN ($1, $2) AND e.id <> o.id`,
      a.entry_id,
      b.entry_id,
    )
    expect(said.first_break).toEqual({ reason: 'entry_changed', ...a })
  })

  test('two links that have changed places', async () => {
    const [a, b] = [linkAt(-4), linkAt(-3)]
    const said = await judge(
      `UPDATE audit_seal s SET prev_hash = o.prev_hash, hash = o.hash FROM audit_seal o
       WHERE s.entry_id IN ($1, $2) AND o.entry_id IN ($1, $2) AND s.seq <> o.seq`,
      a.entry_id,
      b.entry_id,
    )
    expect(said.first_break).toMatchObject({ reason: 'link_changed', seq: a.seq })
  })

  test('a link and its entry that are gone', async () => {
    const { seq, entry_id } = linkAt(-3)
    const said = await judge(
      'WITH s AS (DELETE FROM audit_seal WHERE entry_id = $1) DELETE FROM audit_entry WHERE id = $1',
      entry_id,
    )
    expect(said.first_break).toEqual({ reason: 'link_missing', seq, entry_id: null })
  })

  test('an entry that was put in by hand', async () => {
    const id = '01890000-0000-7000-8000-0000000000aa'
    const said = await judge(
      `INSERT INTO audit_entry (id, organization_id, actor_kind, action, details, request_id)
       VALUES ($1, $2, 'member', 'test.invented', '{}', 'r')`,
      id,
      mine.organizationId,
    )
    expect(said.first_break).toEqual({ reason: 'entry_unsealed', seq: null, entry_id: id })
  })

  test('a tail that was cut off, when a later link was noted down elsewhere', async () => {
    const { head } = await verdict()
    const known = `?known_seq=${head?.seq}&known_hash=${head?.hash}`
    expect(await verdict(known)).toMatchObject({ intact: true })
    const other = `?known_seq=${head?.seq}&known_hash=${'0'.repeat(64)}`
    expect((await verdict(other)).first_break?.reason).toBe('known_link_missing')
    const later = `?known_seq=${(head?.seq ?? 0) + 1}&known_hash=${head?.hash}`
    expect((await verdict(later)).first_break?.reason).toBe('known_link_missing')
    expect(
      codeOf(
        await owner('GET', `/studio/organizations/${mine.organizationId}/audit/verify?known_seq=1`),
      ),
    ).toBe('invalid_request')
  })
})
