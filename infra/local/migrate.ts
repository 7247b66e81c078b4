import { randomUUID } from 'node:crypto'
import pg from 'pg'
import {
  type Migration,
  migrationsFolder,
  readMigrations,
  schemaFolder,
} from './migration-files.js'
import { missingSql } from './schema-engine.js'
import { sentenceOf, Trouble } from './trouble.js'

// The key of Prisma's own advisory lock, so that `prisma migrate deploy` and this never run at once.
const prismaLock = 72707369

// Prisma's table, column for column.
const table = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`

type Applied = { migration_name: string; checksum: string; finished_at: Date | null }

async function lock(client: pg.Client): Promise<void> {
  await client.query("SET lock_timeout = '60s'")
  try {
    await client.query('SELECT pg_advisory_lock($1)', [prismaLock])
  } catch {
    throw new Trouble('Another program has been migrating this database for a minute. Try again.')
  }
  await client.query('SET lock_timeout = 0')
}

/** The migrations still to apply, after making sure that the database's history is the folder's. */
function pending(applied: Applied[], migrations: Migration[]): Migration[] {
  const inFolder = new Map(migrations.map(migration => [migration.name, migration]))
  for (const { migration_name: name, checksum, finished_at } of applied) {
    const file = inFolder.get(name)
    if (!finished_at) {
      throw new Trouble(
        `The migration ${name} was half applied earlier. Repair the database and run: npx prisma migrate resolve, or begin anew with: npm start -- --fresh`,
      )
    }
    if (!file) {
      throw new Trouble(
        `The database has the migration ${name}, which this checkout does not. Update the checkout, or begin anew with: npm start -- --fresh`,
      )
    }
    if (file.checksum !== checksum) {
      throw new Trouble(
        `The migration ${name} was changed after it was applied. Restore its file, or begin anew with: npm start -- --fresh`,
      )
    }
  }
  const done = new Set(applied.map(row => row.migration_name))
  return migrations.filter(migration => !done.has(migration.name))
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('BEGIN')
    await client.query(sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw new Trouble(
      `The migration ${name} failed and changed nothing: ${sentenceOf(error)}. Correct prisma/migrations/${name}/migration.sql.`,
    )
  }
}

/**
 * Applies what is missing, each migration in its own transaction; the same as `prisma migrate deploy`, with the same
 * table, checksums and lock.
 * @returns the names that were applied now
 * @throws Trouble when a migration fails, was half applied, was edited, or is unknown to the folder
 */
export async function deployMigrations(
  databaseUrl: string,
  folder: string = migrationsFolder,
): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {})
  await client.connect().catch(error => {
    throw new Trouble(`The database cannot be reached: ${sentenceOf(error)}. Check DATABASE_URL.`)
  })
  try {
    await lock(client)
    await client.query(table)
    const { rows } = await client.query<Applied>(
      'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    )
    const missing = pending(rows, readMigrations(folder))
    for (const migration of missing) await apply(client, migration)
    return missing.map(migration => migration.name)
  } finally {
    await client.end()
  }
}

/**
 * Makes sure that the migrations produce exactly the schema.
 * @param databaseAdminUrl any database of a server on which databases may be created
 * @throws Trouble with the SQL that is missing
 */
export async function checkMigrations(databaseAdminUrl: string): Promise<void> {
  const sql = await missingSql(databaseAdminUrl, schemaFolder, migrationsFolder)
  if (sql === undefined) return
  throw new Trouble(
    `The schema has changes that no migration makes. Run: npm run migration -- <name>\n${sql}`,
  )
}
