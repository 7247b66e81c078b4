import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { inCheckout } from '../local/checkout.js'

const Schema = z.looseObject({})
const Operation = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.unknown())).default([]),
  requestBody: z
    .object({
      content: z.record(
        z.string(),
        z.looseObject({ schema: Schema, example: z.unknown().optional() }),
      ),
    })
    .optional(),
})
const Document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
})

/** An operation as the API document describes it: all that an attacker from outside needs. */
export interface Described {
  id: string
  method: string
  path: string
  /** The names of the parameters in its path. */
  params: string[]
  /** The kinds of credentials, any one of which opens it; empty when it is open to all. */
  credentials: ('member' | 'secret key' | 'player' | 'publishable key')[]
  /** An example of its JSON body, and its schema. */
  example: unknown
  schema: Record<string, unknown> | undefined
}

const document = Document.parse(
  JSON.parse(readFileSync(inCheckout('apps', 'api', 'openapi.json'), 'utf8')),
)

function credentialOf(names: readonly string[]): Described['credentials'][number] {
  if (names.includes('memberToken')) return 'member'
  if (names.includes('secretKey')) return 'secret key'
  return names.includes('playerToken') ? 'player' : 'publishable key'
}

/** Every operation of the committed API document. */
export const describedRequests: readonly Described[] = Object.entries(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, given]) => {
      const operation = Operation.parse(given)
      const json = operation.requestBody?.content['application/json']
      return {
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        params: [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? ''),
        credentials: operation.security
          .map(names => Object.keys(names))
          .filter((names, _, all) => names.length > 0 && !all.some(other => other.length === 0))
          .map(credentialOf),
        example: json?.example,
        schema: json?.schema,
      }
    }),
)

/** A schema with its reference followed. */
export function resolved(schema: Record<string, unknown>): Record<string, unknown> {
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema.$ref))?.[1]
  return name === undefined ? schema : resolved(document.components.schemas[name] ?? {})
}
