import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { notFound, Problem } from '@aethex/shared/errors'
import type { Caller, PathParams, RequestFacts, Route, Scope } from '@aethex/shared/http'
import { assertPlayerSession } from '../players/auth/service.js'
import { type IdentifiedKey, identifyKey, reportExposedKey } from '../studio/keys/service.js'
import { assertMemberSession } from '../studio/members/service.js'
import { admitMember } from '../studio/organizations/service.js'
import { assertAgreed } from './agreement.js'
import type { Actor, Ctx, Parts } from './context.js'

/** The callers a request may be from, and what a secret key or a role needs. */
export interface Admission {
  auth: readonly Caller[]
  scope?: Scope | undefined
  /** The parsed path; asked for only once the caller is known. */
  readParams?: () => PathParams
}

const missing = (detail: string) => new Problem('credential_missing', { detail })

/**
 * The page that a browser sends a request for; undefined for what is no browser. A page that reads from its own origin
 * (an API behind the studio's own domain) sends no Origin, but browsers say how the two belong together (W3C Fetch
 * Metadata), and no script can make them not to.
 */
function pageOf({ origin, referer, 'sec-fetch-site': site }: IncomingHttpHeaders) {
  if (origin !== undefined) return origin
  if (site === undefined) return undefined
  return referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : 'unknown'
}

function bearerOf({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  const [scheme = '', token] = authorization.split(' ', 2)
  return scheme.toLowerCase() === 'bearer' && token ? token : undefined
}

/** What of a request tells who sends it. */
type Sender = Pick<RequestFacts, 'request' | 'requestId'>

async function withSecretKey(
  parts: Parts,
  key: IdentifiedKey,
  { request, requestId }: Sender,
  { auth, scope, readParams }: Admission,
): Promise<Actor> {
  const page = pageOf(request.headers)
  if (page !== undefined) {
    await reportExposedKey(parts, key, { origin: page, requestId })
    throw new Problem('secret_key_in_browser')
  }
  if (!auth.includes('server')) throw new Problem('wrong_key_kind')
  if (scope !== undefined && !key.scopes.some(held => held === scope)) {
    throw new Problem('insufficient_scope', { detail: `The key lacks the scope ${scope}.` })
  }
  const named = readParams?.().environment_id
  if (named !== undefined && named !== key.environmentId) throw notFound()
  return { kind: 'server', environmentId: key.environmentId, keyId: key.id, scopes: key.scopes }
}

async function withPublishableKey(
  parts: Parts,
  key: IdentifiedKey,
  { headers }: IncomingMessage,
  { auth }: Admission,
): Promise<Actor> {
  const { environmentId } = key
  // Only browsers send an origin, and they send the true one: a game outside of one sends none.
  if (headers.origin !== undefined && !key.allowsOrigin(headers.origin)) {
    throw new Problem('origin_forbidden')
  }
  const bearer = bearerOf(headers)
  if (auth.includes('player') && (bearer !== undefined || !auth.includes('client'))) {
    if (bearer === undefined) throw missing('Sign in, and send the access token as a Bearer token.')
    const claims = parts.tokens.verify(bearer, 'player+jwt', environmentId)
    await assertPlayerSession(parts, environmentId, claims.sid)
    return { kind: 'player', environmentId, playerId: claims.sub, sessionId: claims.sid }
  }
  if (auth.includes('client')) return { kind: 'client', environmentId }
  if (auth.includes('public')) return { kind: 'public' }
  if (auth.includes('server')) throw new Problem('wrong_key_kind')
  throw missing('Sign in to the studio, and send its access token as a Bearer token.')
}

/** Finds out who calls. Throws the 401 or 403 when that caller may not. */
export async function actorOf(parts: Parts, sender: Sender, admission: Admission): Promise<Actor> {
  const { request } = sender
  const apiKey = request.headers['x-api-key']
  if (typeof apiKey === 'string') {
    const key = await identifyKey(parts, apiKey)
    parts.usage.takeRequest(key.environmentId)
    return key.kind === 'secret'
      ? withSecretKey(parts, key, sender, admission)
      : withPublishableKey(parts, key, request, admission)
  }
  const bearer = bearerOf(request.headers)
  if (admission.auth.includes('member') && bearer !== undefined) {
    const claims = parts.tokens.verify(bearer, 'member+jwt', 'studio')
    await assertMemberSession(parts, claims.sid)
    const member = { memberId: claims.sub, sessionId: claims.sid }
    const params = admission.readParams?.() ?? {}
    const tenant = await admitMember(parts, member, params, admission.scope)
    return { kind: 'member', ...member, ...(tenant === undefined ? {} : { tenant }) }
  }
  if (admission.auth.includes('public')) return { kind: 'public' }
  throw missing(
    admission.auth.includes('member')
      ? 'Send a studio access token as a Bearer token.'
      : 'Send an API key as X-Api-Key.',
  )
}

const callerId = (actor: Actor): string => {
  switch (actor.kind) {
    case 'player':
      return `${actor.environmentId}/${actor.playerId}`
    case 'server':
      return `${actor.environmentId}/server`
    case 'client':
      return `${actor.environmentId}/client`
    case 'member':
      return `member/${actor.memberId}`
    case 'job':
      return `${actor.environmentId}/job`
    case 'public':
      return 'public'
  }
}

const longestDeviceName = 200

function deviceNameOf({ headers }: IncomingMessage): string | null {
  const name = headers['x-device-name'] ?? headers['user-agent']
  return typeof name === 'string' ? name.slice(0, longestDeviceName) : null
}

/** The context of one request to one route. */
export const contextFor =
  (parts: Parts) =>
  async (route: Route<Ctx>, facts: RequestFacts, readParams: () => PathParams): Promise<Ctx> => {
    const { auth, scope } = route
    const actor = await actorOf(parts, facts, { auth, scope, readParams })
    if (actor.kind === 'player') await assertAgreed(parts, actor, route.path)
    return {
      ...parts,
      actor,
      callerId: callerId(actor),
      requestId: facts.requestId,
      address: facts.address,
      deviceName: deviceNameOf(facts.request),
      log: facts.log,
    }
  }
