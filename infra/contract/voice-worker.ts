import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const entry = fileURLToPath(
  new URL('../../packages/sdk/src/realtime/voice/worker/main.ts', import.meta.url),
)

/**
 * The SDK's worker as text inside the SDK: a game needs no file of ours beside its own, and no setting of its bundler.
 */
export async function voiceWorkerModule(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'neutral',
    target: 'es2022',
    write: false,
    logLevel: 'warning',
  })
  const program = JSON.stringify(outputFiles[0]?.text.trim() ?? '')
  return `// Made from src/realtime/voice/worker by \`npm run generate\`. Do not edit.

/** The program of the worker that seals and opens voice. */
export const voiceWorker = ${program}
`
}
