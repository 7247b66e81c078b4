import { afterAll, beforeAll, inject } from 'vitest'
import { startAnotherApi } from '../../apps/api/src/testing/another-api.js'

/** In the place of the stack's own API: one whose sources went through the change. */
const stack = inject('stack')
let close: () => Promise<void> = async () => undefined

beforeAll(async () => {
  const { port } = new URL(stack.api_url)
  const api = await startAnotherApi(stack, { PORT: port })
  close = () => api.close()
})
afterAll(() => close())
