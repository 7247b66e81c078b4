import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inCheckout } from './checkout.js'
import { findTurnServer } from './coturn-program.js'
import { freePort } from './ports.js'
import { type RunningProcess, runProcess } from './processes.js'
import { serverEnv } from './settings.js'
import { askTurn } from './turn-client.js'

/** The configuration that operators are given. */
export const turnConfiguration = () =>
  readFileSync(inCheckout('infra/turn/turnserver.conf'), 'utf8')

export interface TurnOptions {
  folder: string
  /** The API's TURN_SECRET. */
  secret: string
  /** Lets it relay to this machine itself, which tests need and nobody else. */
  toLoopback?: boolean
  /** A free one unless said. */
  port?: number
}

export interface TurnServer {
  port: number
  /** What TURN_URLS takes. */
  url: string
  process: RunningProcess
  /** Everything it has said until now. */
  log(): string
}

/** The operators' configuration, moved to a port and folder of this machine. */
function localConfiguration({ folder, secret, toLoopback = false }: TurnOptions, port: number) {
  const own = [
    'listening-ip=127.0.0.1',
    'relay-ip=127.0.0.1',
    `listening-port=${port}`,
    'min-port=45000',
    'max-port=49000',
    'no-tls',
    'no-dtls',
    'verbose',
    'realm=localhost',
    `static-auth-secret=${secret}`,
    `userdb=${path.join(folder, 'turndb')}`,
    `pidfile=${path.join(folder, 'turnserver.pid')}`,
    ...(toLoopback ? ['allow-loopback-peers', 'allowed-peer-ip=127.0.0.1'] : []),
  ]
  const given = turnConfiguration().replace(/^(listening-port|min-port|max-port)=.*\n/gm, '')
  return `${given}${own.join('\n')}\n`
}

const challenges = (port: number) =>
  askTurn(port, { username: 'nobody', credential: '' }, [], 300).then(
    ({ allocation }) => allocation === 401,
    () => false,
  )

/** Starts a TURN server on a loopback port of its own. */
export async function startTurnServer(options: TurnOptions): Promise<TurnServer> {
  const command = await findTurnServer()
  const port = options.port ?? (await freePort())
  const configFile = path.join(options.folder, 'turnserver.conf')
  const logFile = path.join(options.folder, 'turnserver.log')
  // In a file, for everybody may read a command line.
  writeFileSync(configFile, localConfiguration(options, port), { mode: 0o600 })
  const running = await runProcess({
    name: 'TURN server',
    command,
    args: ['-c', configFile],
    env: serverEnv(),
    cwd: options.folder,
    logFile,
    isReady: () => challenges(port),
    readyWithinMs: 15_000,
  })
  return {
    port,
    url: `turn:127.0.0.1:${port}?transport=udp`,
    process: running,
    log: () => readFileSync(logFile, 'utf8'),
  }
}
