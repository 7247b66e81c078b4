import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { startTestStack } from './test-stack.js'

declare module 'vitest' {
  export interface ProvidedContext {
    stack: SharedStack
  }
}

/** What the tests know of the stack they share. */
export interface SharedStack {
  api_url: string
  game_url: string
  studio: { email: string; password: string }
  database_url: string
  redis_url: string
  clickhouse_url: string
  s3: {
    endpoint: string
    region: string
    bucket: string
    access_key_id: string
    secret_access_key: string
  }
}

/** Starts one stack on ports of its own for all files of the project, and ends it after the last. */
export default async function setup(project: TestProject) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'aethex-test-'))
  const stack = await startTestStack({ dataDir, relays: 2 })
  project.provide('stack', stack.file)
  return () => stack.remove()
}
