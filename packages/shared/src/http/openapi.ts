import { z } from 'zod'
import { type ErrorCode, errorCodes } from '../errors/index.js'
import type { Caller, Route } from './route.js'

type Json = Record<string, unknown>

const securityOf: Record<Caller, Json> = {
  public: {},
  client: { publishableKey: [] },
  player: { publishableKey: [], playerToken: [] },
  server: { secretKey: [] },
  member: { memberToken: [] },
}

const securitySchemes = {
  publishableKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description: 'pk_…: names the environment; for game clients.',
  },
  secretKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
    description: 'sk_…: for the servers of a studio, never for a client.',
  },
  playerToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The access token of a signed-in player.',
  },
  memberToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The access token of a studio member.',
  },
}

/** What every route may answer, beside its own codes. */
function sharedCodes(route: Route<never>): ErrorCode[] {
  const codes: ErrorCode[] = ['malformed_request', 'rate_limited', 'internal', 'unavailable']
  if (!route.auth.includes('public')) codes.push('credential_missing', 'credential_invalid')
  if (route.auth.includes('player') || route.auth.includes('member')) {
    codes.push('token_invalid', 'token_expired', 'session_ended')
  }
  if (route.auth.includes('server')) codes.push('insufficient_scope', 'secret_key_in_browser')
  if (route.params || route.query || route.body) codes.push('invalid_request')
  if (route.body) {
    codes.push(
      'malformed_json',
      'duplicate_key',
      'forbidden_key',
      'json_too_deep',
      'json_too_complex',
      'unsafe_number',
    )
    codes.push('invalid_text', 'body_too_large', 'unsupported_media_type', 'unsupported_encoding')
  }
  if (route.takes) codes.push('body_too_large', 'unsupported_media_type', 'unsupported_encoding')
  if (route.streams) codes.push('digest_mismatch', 'request_timeout', 'busy')
  if (route.idempotent) codes.push('idempotency_key_reused')
  return codes
}

class Schemas {
  readonly components: Json = {}

  /** A schema in place; what carries an id of its own moves to the components and is referred to. */
  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const made = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      reused: 'inline',
      // A query is text on the wire; `openapi` in a schema's meta says what it stands for.
      override: ({ jsonSchema }) => {
        // Answers may grow fields; only what is sent is strict.
        if (io === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties
        const { openapi } = jsonSchema
        if (typeof openapi !== 'object') return
        for (const key of Object.keys(jsonSchema)) if (key !== 'default') delete jsonSchema[key]
        Object.assign(jsonSchema, openapi)
      },
    })
    const { $schema: _dialect, $defs: definitions = {}, ...rest } = made
    for (const [name, definition] of Object.entries(definitions)) this.keep(name, definition)
    return this.relink(rest)
  }

  private keep(name: string, definition: unknown): void {
    const { id: _id, ...schema } = this.relink(definition)
    const known = this.components[name]
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`two schemas are called ${name}`)
    }
    this.components[name] = schema
  }

  private relink(value: unknown): Json {
    return JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'))
  }
}

const templateOf = (path: string) => path.replaceAll(/:(\w+)/g, '{$1}')

function parametersOf(
  schemas: Schemas,
  schema: z.ZodObject | undefined,
  where: 'path' | 'query',
): Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = schemas.of(schema, 'input')
  return Object.entries(properties as Json).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || (Array.isArray(required) && required.includes(name)),
    schema: property,
  }))
}

const idempotencyHeader = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same request is carried out once and answered alike.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const digestHeader = {
  name: 'Content-Digest',
  in: 'header',
  required: false,
  description:
    'RFC 9530: `sha-256=:…:` of the body, which is held against it. Needed together with an Idempotency-Key.',
  schema: { type: 'string' },
}

const binary = { type: 'string', format: 'binary' }

const rawContent = (types: readonly string[]) =>
  types.length === 0
    ? {}
    : { content: Object.fromEntries(types.map(type => [type, { schema: binary }])) }

function responsesOf(schemas: Schemas, route: Route<never>): Json {
  const success =
    route.returns === undefined
      ? { description: 'Done.', ...rawContent(route.answers === undefined ? [] : [route.answers]) }
      : {
          description: 'Done.',
          content: {
            'application/json': { schema: schemas.of(route.returns, 'output') },
            ...(route.answers === undefined ? {} : { [route.answers]: { schema: binary } }),
          },
        }
  const responses: Json = { [route.status]: success }
  const codes = [...new Set([...sharedCodes(route), ...route.errors])]
  for (const status of [...new Set(codes.map(code => errorCodes[code][0]))].sort()) {
    const here = codes.filter(code => errorCodes[code][0] === status)
    responses[status] = {
      description: here.map(code => `\`${code}\`: ${errorCodes[code][1]}`).join('\n\n'),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }
  }
  return responses
}

const problemSchema = {
  type: 'object',
  description: 'RFC 9457 problem details.',
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errorCodes) },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { pointer: { type: 'string' }, reason: { type: 'string' } },
        required: ['pointer', 'reason'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'request_id'],
}

/**
 * The OpenAPI 3.1 document of a route table. `messages` are the shapes of the realtime protocol by name:
 * what clients send (defaults may be left out) and what they receive.
 */
export function openApiDocument(
  info: { title: string; version: string; description: string },
  routes: readonly Route<never>[],
  messages: Record<'sent' | 'received', Record<string, z.ZodType>>,
): Json {
  const schemas = new Schemas()
  schemas.components.Problem = problemSchema
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = templateOf(route.path)
    paths[path] ??= {}
    paths[path][route.method] = {
      operationId: route.id,
      summary: route.summary,
      tags: [route.id.split('.')[0]],
      security: route.auth.map(caller => securityOf[caller]),
      ...(route.scope === undefined ? {} : { 'x-scope': route.scope }),
      parameters: [
        ...parametersOf(schemas, route.params, 'path'),
        ...parametersOf(schemas, route.query, 'query'),
        ...(route.idempotent ? [idempotencyHeader] : []),
        ...(route.streams ? [digestHeader] : []),
      ],
      ...(route.body === undefined
        ? {}
        : {
            requestBody: {
              required: true,
              content: {
                'application/json': {
                  schema: schemas.of(route.body, 'input'),
                  example: route.example,
                },
              },
            },
          }),
      ...(route.takes === undefined
        ? {}
        : { requestBody: { required: true, ...rawContent(route.takes) } }),
      responses: responsesOf(schemas, route),
    }
  }
  for (const [name, schema] of Object.entries(messages.sent)) {
    schemas.components[name] = schemas.of(schema, 'input')
  }
  for (const [name, schema] of Object.entries(messages.received)) {
    schemas.components[name] = schemas.of(schema, 'output')
  }
  const sorted = Object.fromEntries(
    Object.entries(schemas.components).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/' }],
    paths,
    components: { securitySchemes, schemas: sorted },
  }
}
