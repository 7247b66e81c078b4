import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deployMigrations } from './migrate.js'
import { missingSql } from './schema-engine.js'
import { withScratchFolder } from './scratch-folder.js'
import { scratchPostgres } from './scratch-postgres.js'

type Ground = {
  url: string
  folder: string
  write: (name: string, sql: string) => void
  ask: (sql: string) => Promise<unknown[]>
}

let adminUrl = ''
let databases = 0
let stop = async () => {}

beforeAll(async () => {
  const scratch = await scratchPostgres()
  adminUrl = scratch.adminUrl
  stop = scratch.stop
})

afterAll(() => stop())

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
    .query(sql)
    .then(result => result.rows)
    .finally(() => client.end())
}

/** A folder for migrations and an empty database of its own. */
function onGround(work: (ground: Ground) => Promise<void>): Promise<void> {
  return withScratchFolder(async folder => {
    const name = `ground_${++databases}`
    await ask(adminUrl, `CREATE DATABASE ${name}`)
    const url = adminUrl.replace(/postgres$/, name)
    await work({
      url,
      folder,
      write(migration, sql) {
        mkdirSync(path.join(folder, migration), { recursive: true })
        writeFileSync(path.join(folder, migration, 'migration.sql'), sql)
      },
      ask: sql => ask(url, sql),
    })
  })
}

const withFunction = `
CREATE TABLE word (id INT PRIMARY KEY, value TEXT NOT NULL DEFAULT 'a;b');
CREATE FUNCTION shout(t TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$ BEGIN RETURN upper(t); END $$;
`

test('applies each migration once and in order, however many launchers ask at the same time', () =>
  onGround(async ({ url, folder, write, ask }) => {
    write('2_rows', "INSERT INTO word VALUES (1); INSERT INTO word VALUES (2, 'c;d');")
    write('1_table', withFunction)
    const applied = await Promise.all([1, 2, 3].map(() => deployMigrations(url, folder)))
    expect(applied.flat()).toEqual(['1_table', '2_rows'])
    expect(await ask('SELECT shout(value) AS loud FROM word ORDER BY id')).toEqual([
      { loud: 'A;B' },
      { loud: 'C;D' },
    ])
  }))

test('leaves nothing of a migration that fails, and applies it once it is corrected', () =>
  onGround(async ({ url, folder, write, ask }) => {
    write('1_wrong', 'CREATE TABLE half (id INT); SELECT nonsense;')
    await expect(deployMigrations(url, folder)).rejects.toThrow(
      /1_wrong failed and changed nothing/,
    )
    expect(await ask("SELECT to_regclass('half') AS half")).toEqual([{ half: null }])
    write('1_wrong', 'CREATE TABLE half (id INT);')
    expect(await deployMigrations(url, folder)).toEqual(['1_wrong'])
  }))

test.each([
  [
    'was half applied by another tool',
    'UPDATE _prisma_migrations SET finished_at = NULL',
    /1_a was half applied/,
  ],
  [
    'was edited after it was applied',
    "UPDATE _prisma_migrations SET checksum = 'x'",
    /1_a was changed/,
  ],
  [
    'is missing in the checkout',
    "UPDATE _prisma_migrations SET migration_name = '0_b'",
    /0_b, which this checkout/,
  ],
])('says what to do about a migration that %s', (_, sql, sentence) =>
  onGround(async ({ url, folder, write, ask }) => {
    write('1_a', 'CREATE TABLE a (id INT);')
    await deployMigrations(url, folder)
    await ask(sql)
    await expect(deployMigrations(url, folder)).rejects.toThrow(sentence)
  }),
)

test('finds exactly what a schema has and its migrations do not make', () =>
  onGround(async ({ url, folder, write }) => {
    const schema =
      'datasource db {\n provider = "postgresql"\n}\nmodel word {\n id Int @id\n value String @default("a;b")\n}\n'
    writeFileSync(path.join(folder, 'schema.prisma'), schema)
    const migrations = path.join(folder, 'migrations')
    expect(await missingSql(url, folder, migrations)).toContain('CREATE TABLE "word"')
    write('migrations/1_word', withFunction)
    expect(await missingSql(url, folder, migrations)).toBeUndefined()
    writeFileSync(path.join(folder, 'schema.prisma'), schema.replace('@id', '@id\n note String?'))
    expect(await missingSql(url, folder, migrations)).toContain('ADD COLUMN     "note" TEXT')
  }))
