import type { Readable } from 'node:stream'
import type { z } from 'zod'
import type { ErrorCode } from '../errors/index.js'
import type { Budget } from '../limits/index.js'
import type { Scope } from './scopes.js'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/**
 * Who may call a route:
 * `public` anyone · `client` a publishable key · `player` a signed-in player with the publishable key ·
 * `server` a secret key that has the route's scope · `member` a studio member.
 */
export type Caller = 'public' | 'client' | 'player' | 'server' | 'member'

type Shape = z.ZodObject

export interface RouteInput<
  Params extends Shape | undefined,
  Query extends Shape | undefined,
  Body extends z.ZodType | undefined,
> {
  params: Params extends Shape ? z.output<Params> : Record<string, never>
  query: Query extends Shape ? z.output<Query> : Record<string, never>
  body: Body extends z.ZodType ? z.output<Body> : undefined
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body as it was sent, on routes that take something else than JSON; empty on all others. */
  bytes: Buffer
  /**
   * The body as it comes, on routes that stream; empty on all others. It is read as fast as it is taken, and throws
   * when the sender goes away, is too slow or sends more than `bodyLimit`.
   */
  stream: AsyncIterable<Uint8Array>
}

/** An answer that needs more than its body: another status, an ETag. */
export class Reply<T> {
  constructor(
    readonly body: T,
    readonly options: { status?: number; headers?: Record<string, string> } = {},
  ) {}
}

/**
 * Bytes from a route that otherwise answers JSON, and that says by `answers` of which type they are. Undefined where
 * the status says everything, such as 304.
 */
export class RawReply {
  constructor(
    readonly body: RawBody | undefined,
    readonly options: { status?: number; headers?: Record<string, string> } = {},
  ) {}
}

/** What a route without `returns` may answer: a page, a file, a stream; the Reply's headers say which type it is. */
export type RawBody = string | Uint8Array | Readable

type MaybePromise<T> = T | Promise<T>

export interface RouteDefinition<
  Ctx,
  Params extends Shape | undefined,
  Query extends Shape | undefined,
  Body extends z.ZodType | undefined,
  Returns extends z.ZodType | undefined,
> {
  /** operationId, log name, metric label and test title. */
  id: string
  method: Method
  /** With `:name` for parameters. */
  path: string
  summary: string
  auth: readonly Caller[]
  /** What a secret key, or a member's role in the organisation that the path names, must allow. */
  scope?: Scope
  params?: Params
  query?: Query
  body?: Body
  /** A body that this route accepts; the docs show it and the shared tests bend it. */
  example?: Body extends z.ZodType ? z.input<Body> : never
  /** The media types of a body that is not JSON, or of any with `*\/*`; it comes as `bytes`. Not together with `body`. */
  takes?: readonly string[]
  /**
   * What the route takes comes as `stream` instead, and is not kept by the gateway. With an Idempotency-Key such a
   * request declares its body by Content-Digest (RFC 9530).
   */
  streams?: boolean
  /** The media type of an answer that is not JSON; together with `returns` that of a `RawReply`. */
  answers?: string
  /** Bytes; 64 KiB unless said. */
  bodyLimit?: number
  /** Takes an Idempotency-Key; `required` refuses to run without. */
  idempotent?: boolean
  status?: number
  returns?: Returns
  /** The codes that are this route's own, beside the shared ones. */
  errors?: readonly ErrorCode[]
  /** Beyond the throttle of every request. Counted per caller address. */
  budget?: Budget
  handle(
    ctx: Ctx,
    input: RouteInput<Params, Query, Body>,
  ): Returns extends z.ZodType
    ? MaybePromise<z.input<Returns> | Reply<z.input<Returns>> | RawReply>
    : MaybePromise<void> | MaybePromise<Reply<RawBody | undefined>>
}

/** A route as the gateway, the docs and the tests see it: the types of its shapes are forgotten. */
export interface Route<Ctx> {
  id: string
  method: Method
  path: string
  summary: string
  auth: readonly Caller[]
  scope?: Scope | undefined
  params?: Shape | undefined
  query?: Shape | undefined
  body?: z.ZodType | undefined
  example?: unknown
  takes?: readonly string[] | undefined
  streams?: boolean | undefined
  answers?: string | undefined
  bodyLimit?: number | undefined
  idempotent?: boolean | undefined
  status: number
  returns?: z.ZodType | undefined
  errors: readonly ErrorCode[]
  budget?: Budget | undefined
  handle(ctx: Ctx, input: RouteInput<Shape, Shape, z.ZodType>): MaybePromise<unknown>
}

/** Binds `route` to one kind of context; an app calls this once. */
export const routesFor =
  <Ctx>() =>
  <
    Params extends Shape | undefined = undefined,
    Query extends Shape | undefined = undefined,
    Body extends z.ZodType | undefined = undefined,
    Returns extends z.ZodType | undefined = undefined,
  >(
    definition: RouteDefinition<Ctx, Params, Query, Body, Returns>,
  ): Route<Ctx> => ({
    ...definition,
    status:
      definition.status ??
      (definition.returns === undefined && definition.answers === undefined ? 204 : 200),
    errors: definition.errors ?? [],
    // The gateway has parsed the input by these very schemas before it calls.
    handle: definition.handle as Route<Ctx>['handle'],
  })
