import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import type { ProcessSpec } from './processes.js'
import { type RedisProgram, redisProgram } from './redis-programs.js'
import { serverEnv } from './settings.js'

export type RedisOptions = { dataDir: string; port: number; password: string; logFile: string }

/** A Redis that can be started as often as needed; its data stays. */
export type Redis = { spec: ProcessSpec; url: string }

/** Sends PING with the password and answers whether Redis said PONG (RESP inline commands, redis.io/docs/reference/protocol-spec). */
function ping(port: number, password: string): Promise<boolean> {
  return new Promise(resolve => {
    let answer = ''
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (pong: boolean) => {
      socket.destroy()
      resolve(pong)
    }
    socket.setTimeout(1_000, () => finish(false))
    socket.once('error', () => finish(false))
    socket.once('close', () => finish(false))
    socket.on('data', data => {
      answer += data.toString('latin1')
      if (answer.split('\r\n').length > 2) finish(answer === '+OK\r\n+PONG\r\n')
    })
    socket.write(`AUTH ${password}\r\nPING\r\n`)
  })
}

function configuration(folder: string, { port, password }: RedisOptions): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${JSON.stringify(folder)}`,
    `pidfile ${JSON.stringify(path.join(folder, 'redis.pid'))}`,
    'daemonize no',
    // Queued jobs must survive; snapshots beside the log would only repeat it.
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory-policy noeviction',
    `requirepass ${password}`,
    '',
  ].join('\n')
}

/** Finds or fetches the program, writes its configuration, and says how to start it. */
export async function prepareRedis(
  options: RedisOptions,
  find: () => Promise<RedisProgram> = redisProgram,
): Promise<Redis> {
  const { file, libraries } = await find()
  const folder = path.join(options.dataDir, 'redis')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // In a file, for everybody may read a command line.
  const configFile = path.join(folder, 'redis.conf')
  writeFileSync(configFile, configuration(folder, options), { mode: 0o600 })
  return {
    url: `redis://:${options.password}@127.0.0.1:${options.port}/0`,
    spec: {
      name: 'Redis',
      command: file,
      args: [configFile],
      env: { ...serverEnv(), LD_LIBRARY_PATH: libraries },
      cwd: '/',
      logFile: options.logFile,
      isReady: () => ping(options.port, options.password),
      readyWithinMs: 60_000,
    },
  }
}
