import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Closable } from '@aethex/shared/lifecycle'

/** A way to PostgreSQL on which every prepared statement that is run leaves its name. */
export interface StatementTap extends Closable {
  /** The given URL, through this tap. */
  url: string
  /** The names of the statements that `work` runs, in order; what goes by the clock meanwhile is left out. */
  during(work: () => Promise<unknown>): Promise<string[]>
}

// https://www.postgresql.org/docs/current/protocol-message-formats.html
const startupBytes = 8
const bind = 'B'.charCodeAt(0)
const idleMs = 1_200

/** Reads what a client says, message by message; hands over the name in each Bind. */
function readerOf(onBind: (statement: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0)
  let started = false
  return chunk => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      // The first message has no type byte.
      const head = started ? 1 : 0
      if (rest.length < (started ? 5 : startupBytes)) return
      const end = head + rest.readInt32BE(head)
      if (rest.length < end) return
      if (started && rest[0] === bind) {
        const [, statement = ''] = rest.subarray(5, end).toString('latin1').split('\0', 2)
        onBind(statement)
      }
      started = true
      rest = rest.subarray(end)
    }
  }
}

/** Opens a tap on the way to the database that a URL names. */
export async function openStatementTap(target: string): Promise<StatementTap> {
  const url = new URL(target)
  const { hostname, port } = url
  const open = new Set<Socket>()
  let seen: string[] = []
  const server = createServer(near => {
    const far = connect(Number(port), hostname)
    const read = readerOf(statement => seen.push(statement))
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => open.delete(socket))
    }
    near.on('data', read)
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url.port = String((server.address() as AddressInfo).port)
  let background: Set<string> | undefined
  return {
    url: url.href,
    async during(work) {
      if (background === undefined) {
        seen = []
        await wait(idleMs)
        background = new Set(seen)
      }
      seen = []
      await work()
      return seen.filter(statement => !background?.has(statement))
    },
    close: async () => {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
