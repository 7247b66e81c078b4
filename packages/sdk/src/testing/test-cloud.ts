import { type Cloud, type CloudOptions, createCloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { player, type TestApi, tokens } from './test-api.js'

const soon = { firstMs: 1, maxMs: 4 }

/** A cloud that does not wait long between tries. */
export const createTestCloud = (api: { url: string }, options: Partial<CloudOptions> = {}): Cloud =>
  createCloud({
    apiKey: 'pk_test',
    url: api.url,
    backoff: soon,
    reconnect: soon,
    timeoutMs: 10_000,
    ...options,
  })

/** Signs the cloud's guest in under an id; its first tokens are of generation 1 unless said. */
export async function signIn(
  api: TestApi,
  cloud: Cloud,
  id = 'ada',
  { expiresIn = 900, generation = 1 } = {},
) {
  api.answer('POST /auth/anonymous', {
    status: 201,
    body: { user: player(id), session: tokens(generation, expiresIn) },
  })
  return unwrap(await cloud.auth.loginAnonymous())
}
