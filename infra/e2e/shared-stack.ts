import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { startTestStack } from './test-stack.js'

export type { SharedStack } from '@aethex/shared/testing'

/** Starts one stack on ports of its own for all files of the project, and ends it after the last. */
export default async function setup(project: TestProject) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'aethex-test-'))
  const stack = await startTestStack({ dataDir, relays: 2 })
  project.provide('stack', stack.file)
  return () => stack.remove()
}
