import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const password = 'from the environment'
const running = new Set<ChildProcess>()
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'clickhouse-'))
})

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await rm(dir, { recursive: true })
})

function launch(): ChildProcess {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', main, '--dir', dir, '--port', '0', '--database', 'plays'],
    {
      env: { ...process.env, CLICKHOUSE_PASSWORD: password },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  )
  running.add(child)
  return child
}

async function start(child = launch()) {
  const exited = once(child, 'exit').then(() => running.delete(child))
  if (!child.stdout) throw new Error('The child has no stdout.')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const ready: { ready: boolean; port: number } = JSON.parse(String(line))
  expect(ready).toEqual({ ready: true, port: expect.any(Number) })
  const url = `http://127.0.0.1:${ready.port}`
  return {
    child,
    exited,
    client: createClient({
      url,
      password,
      database: 'plays',
      log: { level: ClickHouseLogLevel.OFF },
    }),
  }
}

test('keeps every acknowledged row through kill -9, and ends when asked or orphaned', async () => {
  const first = await start()
  await first.client.command({
    query: 'CREATE TABLE events (id UInt64, s String) ENGINE = MergeTree ORDER BY id',
  })
  const acknowledged: number[] = []
  let isAlive = true
  const writers = Array.from({ length: 6 }, async (_, writer) => {
    for (let batch = 0; isAlive; batch += 1) {
      const id = writer * 1_000_000 + batch
      const values = Array.from({ length: 20 }, () => ({ id, s: 'x'.repeat(200) }))
      try {
        await first.client.insert({ table: 'events', values, format: 'JSONEachRow' })
        acknowledged.push(id)
        if (acknowledged.length === 120) first.child.kill('SIGKILL')
      } catch {
        isAlive = false
      }
    }
  })
  await Promise.all(writers)

  const second = await start()
  await first.exited
  const result = await second.client.query({
    query: 'SELECT id, count() AS n FROM events GROUP BY id',
    format: 'JSONEachRow',
  })
  const counts = new Map((await result.json<{ id: number; n: number }>()).map(r => [r.id, r.n]))
  expect(acknowledged.length).toBeGreaterThanOrEqual(120)
  expect(acknowledged.filter(id => counts.get(id) !== 20)).toEqual([])
  second.child.kill('SIGTERM')
  await second.exited
  expect(second.child.exitCode).toBe(0)

  const third = await start()
  third.child.disconnect()
  await third.exited
  expect(third.child.exitCode).toBe(0)
  await Promise.all([first, second, third].map(({ client }) => client.close()))
}, 30_000)

test('waits for a directory that another process is about to leave', async () => {
  const first = await start()
  const child = launch()
  if (!child.stderr) throw new Error('The child has no stderr.')
  const said = once(child.stderr, 'data')
  const second = start(child)
  expect(String(await said)).toContain('Cannot lock file')
  first.child.kill('SIGKILL')
  const { client } = await second
  expect(await client.ping()).toEqual({ success: true })
  await Promise.all([first.client.close(), client.close()])
}, 30_000)
