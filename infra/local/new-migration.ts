import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { migrationsFolder, readMigrations, schemaFolder } from './migration-files.js'
import { missingSql } from './schema-engine.js'
import { withScratchPostgres } from './scratch-postgres.js'
import { sentenceOf, Trouble } from './trouble.js'

const stampOf = (date: Date) => date.toISOString().replace(/\D/g, '').slice(0, 14)

/** Now, or a second after the newest migration where that one is dated ahead: migrations run in the order of names. */
function timestamp(): string {
  const newest = readMigrations(migrationsFolder).at(-1)?.name.slice(0, 14) ?? ''
  const now = stampOf(new Date())
  if (newest < now) return now
  const parts =
    newest
      .match(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/)
      ?.slice(1)
      .map(Number) ?? []
  const [year = 0, month = 1, day, hour, minute, second = 0] = parts
  return stampOf(new Date(Date.UTC(year, month - 1, day, hour, minute, second + 1)))
}

const wallCall = '\n-- The second wall between tenants\nSELECT wall_tenant_tables();\n'

/** A new table of tenants gets its wall at once, from the migration on that knows how. */
function walled(name: string, sql: string): string {
  const walls = readMigrations(migrationsFolder).find(migration =>
    migration.sql.includes('FUNCTION wall_tenant_tables'),
  )
  const isOfTenants = /CREATE TABLE [^;]*"environment_id"/.test(sql)
  return isOfTenants && walls !== undefined && walls.name < name ? sql + wallCall : sql
}

function write(label: string, sql: string): string {
  const name = `${timestamp()}_${label}`
  const file = path.join(migrationsFolder, name, 'migration.sql')
  const text = walled(name, sql)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  const lock = path.join(migrationsFolder, 'migration_lock.toml')
  if (!existsSync(lock)) writeFileSync(lock, 'provider = "postgresql"\n')
  return path.relative(process.cwd(), file)
}

async function main(name: string | undefined): Promise<void> {
  if (name === undefined || !/^[a-z0-9_]+$/.test(name)) {
    throw new Trouble('Give the migration a name: npm run migration -- add_wallets (a-z, 0-9, _).')
  }
  const sql = await withScratchPostgres(url => missingSql(url, schemaFolder, migrationsFolder))
  if (sql === undefined) console.log('The migrations already produce exactly the schema.')
  else console.log(`Wrote ${write(name, sql)}. Read it before you commit it.`)
}

main(process.argv[2]).catch(error => {
  console.error(sentenceOf(error))
  process.exitCode = 1
})
