import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { inCheckout } from './checkout.js'
import { Trouble } from './trouble.js'

export const schemaFolder = inCheckout('prisma')
export const migrationsFolder = inCheckout('prisma', 'migrations')

export type Migration = { name: string; sql: string; checksum: string }

/** The migrations of a folder in the order they apply, with the checksum Prisma keeps of each (SHA-256 of the file). */
export function readMigrations(folder: string): Migration[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
  return names.sort().map(name => {
    const file = path.join(folder, name, 'migration.sql')
    if (!existsSync(file)) throw new Trouble(`The migration ${name} has no migration.sql.`)
    const sql = readFileSync(file, 'utf8')
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
}

/** Every .prisma file of a folder, by path. */
export function readSchema(folder: string): { path: string; content: string }[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names
    .filter(name => name.endsWith('.prisma'))
    .sort()
    .map(name => {
      const file = path.join(folder, name)
      return { path: file, content: readFileSync(file, 'utf8') }
    })
}
