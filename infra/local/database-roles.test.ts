import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureAppUser } from './app-user.js'
import { deployMigrations } from './migrate.js'
import { scratchPostgres } from './scratch-postgres.js'

/** What the apps may do in the database that the migrations make. */

let owner: pg.Client
let app: pg.Client
let appUrl = ''
let stop = async () => {}

const open = async (connectionString: string) => {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return client
}

const [home, away] = [randomUUID(), randomUUID()]

beforeAll(async () => {
  const scratch = await scratchPostgres()
  stop = scratch.stop
  const url = scratch.adminUrl.replace(/postgres$/, 'aethex')
  await deployMigrations(url)
  appUrl = await ensureAppUser(url, 'first password')
  appUrl = await ensureAppUser(url, "a password with ' and \\ in it")
  owner = await open(url)
  app = await open(appUrl)
  const [organization, project] = [randomUUID(), randomUUID()]
  await owner.query("INSERT INTO organization (id, name) VALUES ($1, 'o')", [organization])
  await owner.query("INSERT INTO project (id, organization_id, name) VALUES ($1, $2, 'p')", [
    project,
    organization,
  ])
  for (const id of [home, away]) {
    await owner.query('INSERT INTO environment (id, project_id, name) VALUES ($1, $2, $3)', [
      id,
      project,
      id,
    ])
    await addPlayer(owner, id)
  }
})

afterAll(async () => {
  await app.end()
  await owner.end()
  await stop()
})

const addPlayer = (client: pg.Client, environmentId: string, id: string = randomUUID()) =>
  client.query(
    'INSERT INTO player (environment_id, id, username, username_key) VALUES ($1, $2, $3, $3)',
    [environmentId, id, `p${id}`],
  )

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    error => String(error.code),
  )

/** Every table of ours, with what the app's user may do with it. */
async function tables() {
  const { rows } = await owner.query<{
    name: string
    may: string[]
    walled: boolean
    tenant: boolean
  }>(
    `SELECT c.relname AS name, c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p
         WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polname = 'tenant_wall' AND p.polpermissive
         AND p.polroles = ARRAY['aethex_walled'::regrole::oid]) AND NOT EXISTS (SELECT FROM pg_policy p
         WHERE p.polrelid = c.oid AND p.polname <> 'tenant_wall'
         AND p.polroles <> ARRAY['aethex_app'::regrole::oid]) AS walled,
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
         AND a.attname = 'environment_id' AND NOT a.attisdropped) AS tenant,
       ARRAY(SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER'])
         AS privilege WHERE has_table_privilege('aethex_api', c.oid, privilege)
           AND has_table_privilege('aethex_walled', c.oid, privilege)) AS may
     FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')`,
  )
  return rows
}

describe('rights', () => {
  test('the apps own nothing, may not pass by the walls, and may not make roles, databases or tables', async () => {
    const { rows } = await owner.query(
      `SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication FROM pg_roles
       WHERE rolname IN ('aethex_api', 'aethex_app', 'aethex_walled')`,
    )
    expect(rows).toHaveLength(3)
    for (const row of rows) expect(Object.values(row)).toEqual([false, false, false, false, false])
    const owned = await owner.query(
      `SELECT count(*)::int AS n FROM pg_shdepend WHERE deptype = 'o'
         AND refobjid IN ('aethex_api'::regrole, 'aethex_app'::regrole, 'aethex_walled'::regrole)`,
    )
    expect(owned.rows).toEqual([{ n: 0 }])
    for (const sql of [
      'CREATE TABLE mine (id int)',
      'CREATE ROLE friend',
      'ALTER TABLE player DISABLE ROW LEVEL SECURITY',
      'DROP TABLE player',
      'SET ROLE aethex',
      'SELECT wall_tenant_tables()',
    ]) {
      expect(await codeOf(app.query(sql)), sql).toBe('42501')
    }
  })

  test('every table may be read and written, none may be emptied at a stroke', async () => {
    const except = ['_prisma_migrations', 'audit_entry', 'audit_seal']
    for (const { name, may } of (await tables()).filter(table => !except.includes(table.name))) {
      expect(may, name).toEqual(['SELECT', 'INSERT', 'UPDATE', 'DELETE'])
    }
  })

  test('the history of migrations is none of their business', async () => {
    expect(await codeOf(app.query('SELECT FROM _prisma_migrations'))).toBe('42501')
  })

  test('a table of a later migration has the same rights', async () => {
    await owner.query('CREATE TABLE later (id BIGSERIAL PRIMARY KEY, environment_id UUID)')
    await owner.query('SELECT wall_tenant_tables()')
    expect((await tables()).find(({ name }) => name === 'later')).toMatchObject({
      may: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
      walled: true,
    })
    expect(await codeOf(app.query('INSERT INTO later DEFAULT VALUES'))).toBe('done')
    await owner.query('DROP TABLE later')
  })

  test.each([
    "UPDATE audit_entry SET action = 'nothing'",
    'DELETE FROM audit_entry',
    'TRUNCATE audit_entry',
    'UPDATE audit_seal SET seq = seq + 1',
    'DELETE FROM audit_seal',
    'TRUNCATE audit_seal, audit_unsealed',
    'SELECT FROM audit_entry FOR UPDATE',
    'MERGE INTO audit_entry USING (SELECT 1) x ON true WHEN MATCHED THEN DELETE',
  ])('I13: the apps may only add to the audit log: %s', async sql => {
    expect(await codeOf(app.query(sql))).toBe('42501')
  })
})

describe('walls', () => {
  test('D14: every table with an environment has a wall', async () => {
    const tenants = (await tables()).filter(({ tenant }) => tenant)
    expect(tenants.length).toBeGreaterThan(20)
    const open = tenants.filter(({ walled }) => !walled).map(({ name }) => name)
    expect(open, 'end the migration of these tables with: SELECT wall_tenant_tables();').toEqual([])
  })

  /** Runs `work` as the apps do within one environment, and takes it back. */
  async function within<T>(environmentId: string, work: () => Promise<T>): Promise<T> {
    await app.query('BEGIN')
    try {
      await app.query('SET LOCAL ROLE aethex_walled')
      await app.query("SELECT set_config('aethex.environment_id', $1, true)", [environmentId])
      return await work()
    } finally {
      await app.query('ROLLBACK')
    }
  }

  const countIn = async (environmentId: string) => {
    const sql = 'SELECT count(*)::int AS n FROM player WHERE environment_id = $1'
    return (await app.query<{ n: number }>(sql, [environmentId])).rows[0]?.n
  }

  test('D14: within one tenant the rows of another do not exist', () =>
    within(home, async () => {
      expect(await countIn(home)).toBe(1)
      expect(await countIn(away)).toBe(0)
      const { rows } = await app.query('SELECT DISTINCT environment_id FROM player')
      expect(rows).toEqual([{ environment_id: home }])
    }))

  test('D14: within one tenant nothing can be written into another', async () => {
    expect(await within(home, () => codeOf(addPlayer(app, home)))).toBe('done')
    expect(await within(home, () => codeOf(addPlayer(app, away)))).toBe('42501')
    const move = 'UPDATE player SET environment_id = $1'
    expect(await within(home, () => codeOf(app.query(move, [away])))).toBe('42501')
    const rename = "UPDATE player SET username = 'x' WHERE environment_id = $1"
    expect((await within(home, () => app.query(rename, [away]))).rowCount).toBe(0)
    const forget = 'DELETE FROM player WHERE environment_id = $1'
    expect((await within(home, () => app.query(forget, [away]))).rowCount).toBe(0)
  })

  test('D14: a wall stands for one transaction, and without one nothing is hidden', async () => {
    expect(await within(home, () => countIn(away))).toBe(0)
    expect([await countIn(home), await countIn(away)]).toEqual([1, 1])
  })

  test('D14: behind the wall nothing is seen until an environment is named', async () => {
    await app.query('BEGIN')
    await app.query('SET LOCAL ROLE aethex_walled')
    expect([await countIn(home), await countIn(away)]).toEqual([0, 0])
    expect(await codeOf(addPlayer(app, home))).toBe('42501')
    await app.query('ROLLBACK')
  })

  test('D14: the owner of the tables is walled, too, when it says so', async () => {
    await owner.query('BEGIN')
    await owner.query('SET LOCAL ROLE aethex_walled')
    await owner.query("SELECT set_config('aethex.environment_id', $1, true)", [home])
    expect((await owner.query('SELECT environment_id FROM player')).rows).toEqual([
      { environment_id: home },
    ])
    await owner.query('ROLLBACK')
  })

  test('the statements of the hot paths are planned as if there were no walls', async () => {
    for (const { name } of (await tables()).filter(({ tenant }) => tenant)) {
      const sql = `EXPLAIN SELECT * FROM ${name} WHERE environment_id = '${home}'`
      expect((await app.query(sql)).rows, name).toEqual((await owner.query(sql)).rows)
    }
  })

  test('D14: a wall around something that is no environment lets nothing through', async () => {
    expect(await within(randomUUID(), () => countIn(home))).toBe(0)
    expect(await within("' OR true --", () => codeOf(countIn(home)))).toBe('22P02')
  })
})
