import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Closable } from '../lifecycle/index.js'

/** A real Redis server of one test file, empty at the start, keeping nothing on disk. */
export interface TestRedis extends Closable {
  url: string
  /** Ends it as a power cut would; what it held is gone. */
  kill(): Promise<void>
  /** Starts it again, empty, at the same address. */
  start(): Promise<void>
}

const programs = ['redis-server', 'valkey-server']
const readyWithinMs = 30_000
const portsTried = 5

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

function answersPing(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const finish = (pong: boolean) => {
      socket.destroy()
      resolve(pong)
    }
    socket.setTimeout(500, () => finish(false))
    socket.once('error', () => finish(false))
    socket.once('data', data => finish(data.toString().startsWith('+PONG')))
  })
}

async function spawnServer(program: string, port: number, folder: string): Promise<ChildProcess> {
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    save: '',
    appendonly: 'no',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(program, options, { stdio: 'ignore' })
  await once(child, 'spawn')
  return child
}

async function spawnAny(port: number, folder: string): Promise<ChildProcess> {
  for (const program of programs) {
    try {
      return await spawnServer(program, port, folder)
    } catch {
      // The next name may be the one that is installed.
    }
  }
  throw new Error(`These tests need Redis: neither ${programs.join(' nor ')} is on the PATH.`)
}

/** Whether it answers at its port: false when it ended, as it does when somebody else took the port first. */
async function isReady(child: ChildProcess, port: number): Promise<boolean> {
  const deadline = performance.now() + readyWithinMs
  while (performance.now() < deadline) {
    if (child.exitCode !== null) return false
    if (await answersPing(port)) return child.exitCode === null
    await wait(20)
  }
  throw new Error(`Redis did not come up on port ${port}`)
}

/** Starts a Redis server of its own on a free loopback port; close it when the tests are over. */
export async function startTestRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(path.join(tmpdir(), 'aethex-test-redis-'))
  let port = await freePort()
  let child: ChildProcess | undefined

  const killNow = () => child?.kill('SIGKILL')
  // A test run that is cut short must not leave a server behind.
  process.once('exit', killNow)
  const start = async () => {
    child = await spawnAny(port, folder)
    if (!(await isReady(child, port))) throw new Error(`port ${port} is not free any more`)
  }
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    killNow()
    await gone
  }
  const close = async () => {
    await kill()
    process.off('exit', killNow)
    rmSync(folder, { recursive: true, force: true })
  }
  for (let tried = 1; ; tried++) {
    try {
      await start()
      break
    } catch (error) {
      await kill()
      if (tried === portsTried) {
        await close()
        throw error
      }
      port = await freePort()
    }
  }
  return { url: `redis://127.0.0.1:${port}/0`, kill, start, close }
}
