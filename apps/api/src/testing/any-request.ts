import type { Caller, Route } from '@aethex/shared/http'
import type { TestEnvironment, TestPlayer } from '@aethex/shared/testing'
import type { Ctx } from '../gateway/context.js'

// Names that are well-formed: one that is not may be refused before anything is read.
const names: Record<string, string> = {
  user_id: 'me',
  save_id: 'slot1',
  board_id: 'board',
  setting: 'auth.registration',
  provider: 'google',
  slug: 'studio',
  identity: 'password~main',
  kind: 'terms',
  version: '1',
}
const queries: Record<string, string> = {
  'saves.history': '?save_id=slot1',
  'saves.diff': '?from=1&to=2',
}

interface Callers {
  environment: TestEnvironment
  player: TestPlayer
}

function headersOf(caller: Caller | undefined, { environment, player }: Callers) {
  const headers: Record<string, string> = {}
  if (caller === 'player') return player.headers
  if (caller === 'member') headers.authorization = `Bearer ${environment.memberToken}`
  if (caller === 'server') headers['x-api-key'] = environment.secretKey
  if (caller === 'client') headers['x-api-key'] = environment.publishableKey
  return headers
}

/**
 * A request to a route by the first kind of caller that it takes, with its example for a body. `ids` stand for parameters
 * of its path; for others any id does.
 */
export function anyRequest(
  route: Route<Ctx>,
  callers: Callers,
  ids: Record<string, string> = {},
): [method: string, path: string, sent: object] {
  const known = { ...names, ...ids }
  const path = route.path.replace(/:(\w+)/g, (_, name) => known[name] ?? crypto.randomUUID())
  const headers = headersOf(route.auth[0], callers)
  const [type] = route.takes ?? []
  const method = route.method.toUpperCase()
  const asked = path + (queries[route.id] ?? '')
  if (type === undefined)
    return [method, asked, { headers, ...(route.body && { json: route.example }) }]
  const sent = type === '*/*' ? 'application/octet-stream' : type
  return [method, asked, { headers: { ...headers, 'content-type': sent }, bytes: '{}' }]
}
