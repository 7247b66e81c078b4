import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Closable } from '../lifecycle/index.js'

/** A real ClickHouse engine behind its HTTP interface, of one test file, empty at the start. */
export interface TestClickHouse extends Closable {
  /** With user, password and database: ready for a client. */
  url: string
  /** Ends it as a power cut of the process would; what it acknowledged stays. */
  kill(): Promise<void>
  /** Starts it again at the same address on the same data. */
  start(): Promise<void>
}

const checkout = fileURLToPath(new URL('../../../../', import.meta.url))
const program = path.join(checkout, 'infra/local/clickhouse/main.ts')
const database = 'analytics'
const password = 'only for tests'
const readyWithinMs = 30_000

const Ready = z.object({ ready: z.literal(true), port: z.int() })

/** The port it listens on, from the line it prints once it answers. */
async function untilReady(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('the ClickHouse process has no output')
  const line = once(createInterface({ input: child.stdout }), 'line', {
    signal: AbortSignal.timeout(readyWithinMs),
  })
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`ClickHouse ended with ${code} before it answered`)
  })
  const [text] = await Promise.race([line, gone])
  gone.catch(() => undefined)
  return Ready.parse(JSON.parse(String(text))).port
}

/** Starts a ClickHouse of its own on a free loopback port; close it when the tests are over. */
export async function startTestClickHouse(): Promise<TestClickHouse> {
  const folder = mkdtempSync(path.join(tmpdir(), 'aethex-test-clickhouse-'))
  let port = 0
  let child: ChildProcess | undefined

  const start = async () => {
    const flags = ['--dir', folder, '--port', String(port), '--database', database]
    child = spawn(process.execPath, ['--import', 'tsx', program, ...flags], {
      cwd: checkout,
      env: { ...process.env, CLICKHOUSE_PASSWORD: password },
      // The channel ends the server when the test run is cut short.
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    port = await untilReady(child)
  }
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  const close = async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await start()
  } catch (error) {
    await close()
    throw error
  }
  const login = `default:${encodeURIComponent(password)}`
  return { url: `http://${login}@127.0.0.1:${port}/${database}`, kill, start, close }
}
