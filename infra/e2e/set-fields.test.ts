import { call, codeOf, freshPlayer } from '@aethex/shared/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Described, describedRequests, resolved } from './described-requests.js'
import { prepareWrites } from './write-preparations.js'

/** Fields that decide about rights or belong to the platform, added to every JSON body of the API document. */
const wished: Readonly<Record<string, unknown>> = {
  role: 'owner',
  is_admin: true,
  id: '01890000-0000-7000-8000-000000000000',
  environment_id: '01890000-0000-7000-8000-000000000000',
  project_id: '01890000-0000-7000-8000-000000000000',
  email_verified: true,
  created_at: '2020-01-01T00:00:00Z',
  balance: 1_000_000,
}

const nobody = '01890000-0000-7000-8000-000000000000'
const stack = inject('stack')
let database: pg.Client
let place: Awaited<ReturnType<typeof prepareWrites>>
let headersFor: Record<string, Record<string, string>>

beforeAll(async () => {
  database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
  place = await prepareWrites(stack, database)
  headersFor = {
    member: place.asOwner,
    'secret key': place.asServer,
    player: (await freshPlayer(place.home)).headers,
    'publishable key': { 'x-api-key': place.home.publishableKey },
  }
})
afterAll(() => database.end())

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The alternatives of a schema, itself when it has none. */
function shapesOf(schema: Record<string, unknown>): Record<string, unknown>[] {
  const whole = resolved(schema)
  const several = [whole.anyOf, whole.oneOf, whole.allOf].filter(Array.isArray).flat()
  return several.length === 0 ? [whole] : several.filter(isObject).flatMap(shapesOf)
}

const paramOf = (name: string) => (name === 'slug' ? 'acme' : (place.params[name] ?? nobody))

const send = (request: Described, json: unknown) => {
  const path = request.path.replace(/\{(\w+)\}/g, (_, name: string) => paramOf(name))
  const headers = headersFor[request.credentials[0] ?? ''] ?? {}
  return call(request.method, stack.api_url + path, { headers, json })
}

/** A dictionary takes the sender's own keys, and has no fields. */
const isDictionary = ({ schema = {} }: Described) =>
  shapesOf(schema).every(shape => shape.properties === undefined)

/** What an authenticator answers is the browser's: browsers add to it, and only what is named here is read. */
const ofTheBrowser = /\/(passkey|credential)(\/|$)/

const withBody = describedRequests.filter(
  request => isObject(request.example) && !isDictionary(request),
)

describe('fields that nobody may set', () => {
  test.each(withBody.map(request => [request.id, request] as const))(
    'D7: %s refuses each of them by its name',
    async (_id, request) => {
      const shapes = shapesOf(request.schema ?? {})
      const known = new Set(shapes.flatMap(shape => Object.keys(Object(shape.properties))))
      const extra = Object.fromEntries(Object.entries(wished).filter(([name]) => !known.has(name)))
      const answer = await send(request, { ...Object(request.example), ...extra })
      expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
      for (const name of Object.keys(extra)) {
        expect(Object(answer.body).errors).toContainEqual({
          pointer: `/${name}`,
          reason: 'is not a known field',
        })
      }
    },
  )

  test('D7: a profile is the same after every one of them was tried', async () => {
    const headers = headersFor.player ?? {}
    const url = `${stack.api_url}/api/v1/auth/profile`
    const before = (await call('GET', url, { headers })).body
    for (const [name, value] of Object.entries(wished)) {
      const answer = await call('PUT', url, { headers, json: { locale: 'en', [name]: value } })
      expect(answer.status).toBe(400)
    }
    expect((await call('GET', url, { headers })).body).toEqual(before)
  })

  test('D7: no object inside of a body takes fields that it does not name', () => {
    const loose: string[] = []
    const look = (at: string, schema: unknown, depth: number) => {
      if (!isObject(schema) || depth > 12) return
      for (const shape of shapesOf(schema)) {
        const { properties, additionalProperties: more, items } = shape
        // Without `properties` it is a dictionary, whose keys are the sender's own.
        if (isObject(properties) && more !== false) loose.push(at)
        for (const [name, inner] of Object.entries(Object(properties)))
          look(`${at}/${name}`, inner, depth + 1)
        look(`${at}/*`, items, depth + 1)
        look(`${at}/*`, more, depth + 1)
      }
    }
    for (const { id, schema } of describedRequests) look(id, schema, 0)
    expect(loose.filter(at => !ofTheBrowser.test(at))).toEqual([])
  })
})
