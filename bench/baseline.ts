import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
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

/** Bundles a TypeScript program as the apps are bundled, so that it runs as in production. Answers the file to run. */
async function bundled(program: URL): Promise<string> {
  const entry = fileURLToPath(program)
  const name = path.basename(entry, '.ts')
  const outfile = path.join(import.meta.dirname, 'node_modules', '.bundled', `${name}.mjs`)
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    plugins: [
      {
        name: 'packages-outside',
        setup({ onResolve }) {
          onResolve({ filter: /^[^./]/ }, ({ path: wanted, kind }) =>
            kind === 'entry-point' || wanted.startsWith('@aethex/')
              ? undefined
              : { path: wanted, external: true },
          )
        },
      },
    ],
  })
  return outfile
}

/** Starts a program that calls `serveParent`; `told` is handed to it as JSON. */
export async function startBaseline(program: URL, told: unknown = null): Promise<Baseline> {
  const child = fork(await bundled(program), [JSON.stringify(told)], {
    env: { ...process.env, NODE_ENV: 'production' },
    execArgv: [],
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
