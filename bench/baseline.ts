import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** A server to compare with, in a process of its own. */
export interface Baseline {
  origin: string
  pid: number | undefined
  stop(): Promise<void>
}

const Ready = z.object({ port: z.int() })

async function portOf(child: ChildProcess): Promise<number> {
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`a baseline ended with ${code} before it listened`)
  })
  const [message] = await Promise.race([once(child, 'message'), gone])
  gone.catch(() => undefined)
  return Ready.parse(message).port
}

/** Starts a program that calls `serveParent`; `told` is handed to it as JSON. */
export async function startBaseline(program: URL, told: unknown = null): Promise<Baseline> {
  const child = fork(fileURLToPath(program), [JSON.stringify(told)], {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const port = await portOf(child)
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: child.pid,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** What the parent handed over, in a baseline's process. */
export const toldByParent = <S extends z.ZodType>(shape: S): z.output<S> =>
  shape.parse(JSON.parse(process.argv[2] ?? 'null'))

/** Listens on a free loopback port, tells the parent, and ends when the parent is gone. */
export function serveParent(server: Server): void {
  process.once('disconnect', () => process.exit())
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') process.send?.({ port: address.port })
  })
}
