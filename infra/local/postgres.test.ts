import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startOf } from './leftovers.js'
import { freePort } from './ports.js'
import { startPostgres } from './postgres.js'
import { withScratchFolder } from './scratch-folder.js'

const isRoot = process.getuid?.() === 0

async function optionsIn(dataDir: string) {
  return { dataDir, port: await freePort(), logFile: path.join(dataDir, 'postgres.log') }
}

async function ask(connectionString: string, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  try {
    let rows: unknown[] = []
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows
  } finally {
    await client.end()
  }
}

test('keeps every row when the server is killed and started again at once', () =>
  withScratchFolder(async dataDir => {
    const options = await optionsIn(dataDir)
    const first = await startPostgres(options)
    await ask(first.url, 'CREATE TABLE kept (n int)', 'INSERT INTO kept VALUES (1), (2)')
    first.process.kill('SIGKILL')
    await first.process.exited
    const second = await startPostgres(options)
    expect(await ask(second.url, 'SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }])
    expect(await second.process.stop()).toEqual({ code: 0, signal: null })
  }))

test('ends the server that a killed launcher left behind, and takes its place', () =>
  withScratchFolder(async dataDir => {
    const options = await optionsIn(dataDir)
    const left = await startPostgres(options)
    const next = await startPostgres(options)
    expect(startOf(left.process.pid)).toBeUndefined()
    expect(await ask(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await next.process.stop()
  }))

test('is not stopped by a lock file whose process is another program by now', () =>
  withScratchFolder(async dataDir => {
    const options = await optionsIn(dataDir)
    const first = await startPostgres(options)
    const folder = String(first.spec.args[1])
    const lock = path.join(folder, 'postmaster.pid')
    const torn = readFileSync(lock, 'utf8')
    await first.process.stop()
    writeFileSync(lock, torn.replace(/^\d+/, String(process.pid)))
    const second = await startPostgres(options)
    expect(startOf(process.pid)).toBeDefined()
    await second.process.stop()
  }))

test('opens only with its password, which only the owner of the data directory can read', () =>
  withScratchFolder(async dataDir => {
    const postgres = await startPostgres(await optionsIn(dataDir))
    const wrong = postgres.url.replace(/:[0-9a-f]+@/, ':guess@')
    await expect(ask(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
    expect(statSync(path.join(dataDir, 'postgres-password')).mode & 0o077).toBe(0)
    expect(postgres.spec.args.join(' ')).not.toContain(new URL(postgres.url).password)
    await postgres.process.stop()
  }))

test('keeps the data elsewhere exactly when its user cannot reach the data directory', () =>
  withScratchFolder(async dataDir => {
    chmodSync(dataDir, 0o700)
    const postgres = await startPostgres(await optionsIn(dataDir))
    // Only root gives PostgreSQL another user; anyone else's own directory is within reach.
    expect(existsSync(path.join(dataDir, 'postgres'))).toBe(!isRoot)
    const noteFile = path.join(dataDir, 'postgres-lies-elsewhere.txt')
    const note = existsSync(noteFile) ? readFileSync(noteFile, 'utf8') : ''
    const home = path.dirname(String(postgres.spec.args[1]))
    expect(note.includes(home)).toBe(isRoot)
    await postgres.process.stop()
  }))

test('stays durable: fsync and synchronous_commit are on', () =>
  withScratchFolder(async dataDir => {
    const postgres = await startPostgres(await optionsIn(dataDir))
    const rows = await ask(
      postgres.url,
      "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') ORDER BY name",
    )
    expect(rows).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'synchronous_commit', setting: 'on' },
    ])
    await postgres.process.stop()
  }))
