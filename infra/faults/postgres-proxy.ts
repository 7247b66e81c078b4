import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSplitter, failure, type Message, simpleQuery, statementOf } from './postgres-wire.js'

/** What happens to one statement on its way. */
export type PostgresFault =
  | { kind: 'none' }
  | { kind: 'slow'; ms: number }
  /** The connection breaks before the statement goes through. */
  | { kind: 'cut' }
  /** The statement goes through, then the connection breaks. */
  | { kind: 'answer lost' }
  /** The statement fails with this SQLSTATE, as the server itself would say it; a COMMIT becomes a ROLLBACK. */
  | { kind: 'fails'; sqlState: string; said: string }

export interface PostgresProxyOptions {
  target: () => number
  /** @param statement its SQL, or its name when it was prepared before */
  faultOf: (statement: string) => PostgresFault
  /** Told of every fault but `none`. */
  onFault?: (name: string, statement: string) => void
}

export interface PostgresProxy {
  port: number
  close(): Promise<void>
}

type Status = 'I' | 'T' | 'E'

/** One connection: a round is what the caller sends until it waits for an answer. */
function carry(caller: Socket, options: PostgresProxyOptions): void {
  const server = connect({ port: options.target(), host: '127.0.0.1', noDelay: true })
  caller.setNoDelay(true)
  const end = () => {
    caller.destroy()
    server.destroy()
  }
  for (const socket of [caller, server]) socket.on('error', end).on('close', end)

  let status: Status = 'I'
  let isSignedIn = false
  /** While set, what the server says is kept back; called when it is ready for the next round. */
  let onReady: (() => void) | undefined
  const readServer = createSplitter(false)
  server.on('data', chunk => {
    if (onReady === undefined) caller.write(chunk)
    for (const { type, bytes } of readServer(chunk)) {
      if (type !== 'Z') continue
      const letter = bytes.toString('latin1', 5, 6)
      status = letter === 'T' || letter === 'E' ? letter : 'I'
      isSignedIn = true
      onReady?.()
    }
  })

  const unheard = (bytes: Buffer) =>
    new Promise<void>(resolve => {
      onReady = () => {
        onReady = undefined
        resolve()
      }
      server.once('close', resolve)
      server.write(bytes)
    })

  async function fail(fault: { sqlState: string; said: string }, isCommit: boolean) {
    if (isCommit) await unheard(simpleQuery('ROLLBACK'))
    caller.write(failure(fault.sqlState, fault.said, status === 'I' ? 'I' : 'E'))
  }

  async function send(round: readonly Message[]): Promise<void> {
    const bytes = Buffer.concat(round.map(message => message.bytes))
    const statement = round.map(statementOf).join(' ').trim()
    const fault: PostgresFault = isSignedIn ? options.faultOf(statement) : { kind: 'none' }
    if (fault.kind !== 'none') {
      const name = fault.kind === 'fails' ? `SQLSTATE ${fault.sqlState}` : fault.kind
      options.onFault?.(name, statement)
    }
    if (fault.kind === 'cut') return end()
    if (fault.kind === 'fails') return fail(fault, /^commit\b/i.test(statement))
    if (fault.kind === 'answer lost') {
      await unheard(bytes)
      return end()
    }
    if (fault.kind === 'slow') await sleep(fault.ms)
    server.write(bytes)
  }

  const readCaller = createSplitter(true)
  let round: Message[] = []
  let sending = Promise.resolve()
  caller.on('data', chunk => {
    for (const message of readCaller(chunk)) {
      round.push(message)
      // Parse, Bind, Describe, Execute and Close wait for the Sync that ends their round.
      if (/^[PBDECH]$/.test(message.type)) continue
      const whole = round
      round = []
      sending = sending.then(() => send(whole))
    }
  })
}

/** Stands between a program and PostgreSQL and does to each statement what `faultOf` says. */
export async function startPostgresProxy(options: PostgresProxyOptions): Promise<PostgresProxy> {
  const sockets = new Set<Socket>()
  const server = createServer(caller => {
    sockets.add(caller)
    caller.once('close', () => sockets.delete(caller))
    carry(caller, options)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
