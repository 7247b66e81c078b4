import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, inject } from 'vitest'
import { z } from 'zod'
import { startAnotherApi } from '../../apps/api/src/testing/another-api.js'

/**
 * As mutated-api.ts, for tests that read letters: the stack's own API sends them, and refuses links that lead anywhere
 * but to itself. So this one says that it is there.
 */
const stack = inject('stack')
let close: () => Promise<void> = async () => undefined

beforeAll(async () => {
  const { port } = new URL(stack.api_url)
  const written = readFileSync(path.join(stack.data_dir, 'stack.json'), 'utf8')
  const { api_url } = z.object({ api_url: z.url() }).parse(JSON.parse(written))
  const api = await startAnotherApi(stack, { PORT: port, PUBLIC_URL: api_url })
  close = () => api.close()
})
afterAll(() => close())
