import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IdempotencyClaim } from '../db/index.js'
import { Problem } from '../errors/index.js'
import {
  addressClaims,
  type Budget,
  createLanes,
  type Limits,
  LocalCounter,
  overBudget,
  rateLimitHeaders,
} from '../limits/index.js'
import type { Logger } from '../log/index.js'
import { answer, answerRaw, isRaw } from './answers.js'
import { defaultBodyLimit, readBytesOf, readJsonBytes, throwAway } from './body.js'
import { addressReader } from './client-address.js'
import { answerCors } from './cors.js'
import type { Health } from './health.js'
import { parseInput, readQuery } from './input.js'
import type { Metrics } from './metrics.js'
import { answerProblem } from './problem-answer.js'
import { RawReply, Reply, type Route } from './route.js'
import { createRouter } from './router.js'
import { createStreamRoom, openBody } from './streamed-body.js'
import { parseStrictJsonBytes } from './strict-json.js'

/** What is known of a request before anyone asked who sends it. */
export interface RequestFacts {
  requestId: string
  log: Logger
  /** The peer's address, or what a trusted proxy says it is. */
  address: string
  request: IncomingMessage
}

/** The part of a context that the pipeline itself fills in. */
export interface PipelineContext {
  requestId: string
  /** Names the caller within receipts: environment and account. */
  callerId: string
  idempotency?: IdempotencyClaim
}

export type PathParams = Readonly<Record<string, unknown>>

export interface PipelineOptions<Ctx extends PipelineContext> {
  routes: readonly Route<Ctx>[]
  /**
   * Finds out who calls and whether the route takes that caller; throws the 401, 403 or 404.
   * `readParams` parses the path, for whoever knows already that somebody may ask.
   */
  contextFor(route: Route<Ctx>, facts: RequestFacts, readParams: () => PathParams): Promise<Ctx>
  /** Answers paths outside the table; false when it does not know the path either. */
  fallback?(facts: RequestFacts, response: ServerResponse): Promise<boolean>
  isAllowedOrigin(origin: string): boolean
  limits: Limits | undefined
  /**
   * What one address may ask for, counted in this process: requests, and large bodies among them.
   * Left out by an app behind a gateway, where everybody has one address.
   */
  throttles?: { requests: Budget; largeBodies: Budget }
  /** Addresses or ranges of proxies that are believed. */
  trustedProxies?: readonly string[]
  /** Whether the world reaches it by https: then browsers are told to come no other way (RFC 6797). */
  isHttps?: boolean
  health: Health
  metrics: Metrics
  log: Logger
}

// Reading a larger body holds up the process for tens of milliseconds: few at a time.
const heavyBytes = 256 * 1024
const noBytes = Buffer.alloc(0)

const requestIdPattern = /^[\w.-]{1,64}$/

function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID()
}

// Node lets both through; behind a proxy they would mean another host, or another body.
function isPlainlyFramed(request: IncomingMessage): boolean {
  let hosts = 0
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    if (request.rawHeaders[at]?.toLowerCase() === 'host') hosts++
  }
  const transfer = request.headers['transfer-encoding']
  const isKnownTransfer = transfer === undefined || transfer === 'chunked'
  return hosts === 1 && isKnownTransfer && request.url?.startsWith('/') === true
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

const idempotencyKeyPattern = /^[\x21-\x7e]{1,255}$/

function idempotencyClaim(
  route: { id: string; idempotent?: boolean | undefined },
  request: IncomingMessage,
  callerId: string,
  asked: () => Uint8Array[],
): IdempotencyClaim | undefined {
  const key = request.headers['idempotency-key']
  if (!route.idempotent || key === undefined) return undefined
  if (typeof key !== 'string' || !idempotencyKeyPattern.test(key)) {
    throw new Problem('invalid_request', {
      detail: 'Idempotency-Key is 1 to 255 printable ASCII characters.',
      errors: [
        { pointer: 'header/idempotency-key', reason: 'is 1 to 255 printable ASCII characters' },
      ],
    })
  }
  return {
    scope: `${callerId} ${route.id}`,
    key,
    requestHash: hash(Buffer.concat(asked())),
  }
}

/** A streamed body is not there yet to be recognised by: its sender declares it instead (RFC 9530). */
function declaredDigest({ headers }: IncomingMessage): Buffer {
  const digest = headers['content-digest']
  if (typeof digest === 'string' && digest !== '') return Buffer.from(`\n${digest}`)
  const reason = 'is needed together with an Idempotency-Key'
  throw new Problem('invalid_request', {
    detail: `Content-Digest ${reason}.`,
    errors: [{ pointer: 'header/content-digest', reason }],
  })
}

async function* nothing(): AsyncIterable<Uint8Array> {}

/** The headers that a handler may go by: a range is asked for by GET alone (RFC 9110, 14.2). */
function headersFor({ method, headers }: IncomingMessage) {
  if (method !== 'HEAD' || headers.range === undefined) return headers
  const { range: _range, ...others } = headers
  return others
}

/** The body that a route takes whole; empty when it takes none, or takes it as it comes. */
function readBody(route: Route<never>, request: IncomingMessage): Promise<Buffer> | Buffer {
  const limit = route.bodyLimit ?? defaultBodyLimit
  if (route.streams) return noBytes
  if (route.takes !== undefined) return readBytesOf(request, route.takes, limit)
  return route.body === undefined ? noBytes : readJsonBytes(request, limit)
}

/** The way of every request: framing, route, caller, input, verb, answer; one error writer at the end. */
export function createPipeline<Ctx extends PipelineContext>(options: PipelineOptions<Ctx>) {
  const router = createRouter(options.routes)
  const perAddress = new LocalCounter()
  const heavyLanes = createLanes(2, 16)
  const enterStreamRoom = createStreamRoom()
  const addressOf = addressReader(options.trustedProxies ?? [])

  function throttle(budget: Budget | undefined, { address }: RequestFacts): void {
    if (budget === undefined) return
    for (const [ofSender, subject] of addressClaims(budget, address)) {
      const state = perAddress.count(ofSender, subject)
      if (state.remaining < 0) throw overBudget(state)
    }
  }

  async function serve(facts: RequestFacts, response: ServerResponse, seen: { routeId: string }) {
    const { request } = facts
    const [path = '/', search = ''] = (request.url ?? '/').split('?', 2)
    throttle(options.throttles?.requests, facts)
    const match = router.find(request.method ?? 'GET', path)
    if (match === undefined) {
      if (await options.fallback?.(facts, response)) return
      throw new Problem('not_found')
    }
    const { route } = match
    seen.routeId = route.id
    if (route.budget !== undefined && options.limits !== undefined) {
      const claims = addressClaims(route.budget, facts.address)
      const [state] = await options.limits.takeAll(claims)
      for (const [name, value] of Object.entries(state ? rateLimitHeaders(state) : {}))
        response.setHeader(name, value)
    }
    const readParams = () =>
      route.params === undefined ? {} : parseInput(route.params, match.params, 'path')
    const ctx = await options.contextFor(route, facts, readParams)

    const bytes = await readBody(route, request)
    const claim = idempotencyClaim(route, request, ctx.callerId, () =>
      route.streams
        ? [Buffer.from(`${path}?${search}`), declaredDigest(request)]
        : [Buffer.from(`${path}?${search}\n`), bytes],
    )
    if (claim !== undefined) ctx.idempotency = claim
    const carryOut = async (stream: AsyncIterable<Uint8Array> = nothing()) => {
      const result = await route.handle(ctx, {
        params: readParams(),
        query: parseQuery(route, search),
        body: route.body && parseInput(route.body, parseStrictJsonBytes(bytes), ''),
        headers: headersFor(request),
        bytes: route.takes === undefined ? noBytes : bytes,
        stream,
      })
      if (result instanceof RawReply && result.body !== undefined) {
        return answerRaw(response, route, result.body, result.options)
      }
      const reply = result instanceof Reply || result instanceof RawReply ? result : undefined
      const value = reply === undefined ? result : reply.body
      if (route.returns === undefined && isRaw(value)) {
        return answerRaw(response, route, value, reply?.options ?? {})
      }
      const isJson = route.returns !== undefined && !(result instanceof RawReply)
      answer(
        response,
        route,
        isJson ? JSON.stringify(route.returns?.parse(value)) : undefined,
        reply,
      )
    }
    if (route.streams) {
      const stream = openBody(request, route.takes ?? [], route.bodyLimit ?? defaultBodyLimit)
      const leave = enterStreamRoom(request, ctx.callerId)
      try {
        await carryOut(stream)
      } finally {
        leave()
        throwAway(request)
      }
      return
    }
    if (bytes.length < heavyBytes) return carryOut()
    throttle(options.throttles?.largeBodies, facts)
    await heavyLanes(carryOut)
  }

  return function handle(request: IncomingMessage, response: ServerResponse): void {
    const isPlain = isPlainlyFramed(request)
    if (isPlain && options.health.answer(request, response)) return
    if (isPlain && options.metrics.answer(request, response)) return
    const startedAt = performance.now()
    const requestId = requestIdOf(request)
    const log = options.log.child({ request_id: requestId })
    const seen = { routeId: 'none' }
    response.setHeader('x-request-id', requestId)
    if (options.isHttps) response.setHeader('strict-transport-security', 'max-age=31536000')
    response.on('finish', () => {
      const seconds = (performance.now() - startedAt) / 1_000
      options.metrics.observe(seen.routeId, response.statusCode, seconds)
      log.info({ route: seen.routeId, status: response.statusCode, seconds }, 'request')
    })
    if (isPlain && answerCors(request, response, options.isAllowedOrigin)) return
    const address = addressOf(request)
    const refuse = (error: unknown) => {
      answerProblem(response, error, requestId, log)
      // An unread body would otherwise keep the connection busy.
      throwAway(request)
    }
    if (isPlain) serve({ requestId, log, address, request }, response, seen).catch(refuse)
    else refuse(new Problem('malformed_request', { headers: { connection: 'close' } }))
  }
}

function parseQuery(route: { query?: Route<unknown>['query'] }, search: string) {
  const query = readQuery(search)
  if (route.query !== undefined) return parseInput(route.query, query, 'query')
  const [unknown] = Object.keys(query)
  if (unknown !== undefined) {
    throw new Problem('invalid_request', {
      detail: `${unknown} is not a parameter of this route.`,
      errors: [{ pointer: `query/${unknown}`, reason: 'is not a parameter of this route' }],
    })
  }
  return {}
}
