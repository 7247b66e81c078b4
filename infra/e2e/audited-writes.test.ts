import { call, type SharedStack } from '@aethex/shared/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { allRoutes } from '../contract/documents.js'
import { inCheckout } from '../local/checkout.js'
import { isTest } from '../rules/kinds-of-files.js'
import { openTree } from '../rules/tree.js'
import { prepareWrites } from './write-preparations.js'

/**
 * Whatever a member or a key changes stands in the audit log under the id of its route. Run over the route table:
 * a new route is asked by being in it, and fails until it is audited, or its reason stands here.
 */

const changesNothing: Readonly<Record<string, string>> = {
  'tokens.introspect': 'asks what a token stands for',
  'mail.preview': 'shows a letter',
  'analytics.query': 'asks about events',
  'documents.read_many': 'reads documents',
  'save_formats.try': 'shows what steps make of a document',
  'documents.search': 'reads documents',
  'members.passkeys.registration_options': 'draws a challenge and forgets it',
}

const keptOtherwise: Readonly<Record<string, string>> = {
  'matchmaking.tickets.create': 'lives in Redis for some minutes; there are thousands of them',
  'matchmaking.tickets.cancel': 'ends what lives for some minutes',
  'matchmaking.tickets.answer': 'settles what lives for some minutes',
  'matchmaking.backfill': 'lives in Redis for some minutes',
  'game_servers.heartbeat': 'says every few seconds that a server is there',
  'game_servers.redeem': 'is asked for every player who comes; the server itself keeps who did',
  'members.reauthenticate': 'the session itself keeps when it was last proven',
  'worlds.append': 'the journal is itself the record, and each event names the key that wrote it',
  'worlds.write_snapshot': 'a snapshot names the key that wrote it; there is one every minute',
  'analytics.ingest':
    'every event is itself the record, with its sender; there are thousands a second',
}

/** What these need cannot be had here, and their own tests carry them out. Their code must name the action. */
const carriedOutElsewhere: Readonly<Record<string, string>> = {
  'members.second_factor.confirm': 'a code of an authenticator app',
  'members.second_factor.disable': 'a code of an authenticator app',
  'members.second_factor.recovery_codes': 'a code of an authenticator app',
  'members.passkeys.register': 'an authenticator that makes a passkey',
  'members.passkeys.rename': 'a passkey',
  'members.passkeys.remove': 'a passkey',
  'invitations.accept': 'the code of a letter',
  'webhooks.replay': 'a delivery that was tried',
  'billing.checkout': 'a provider of payments',
  'billing.portal': 'a provider of payments',
  'merges.undo_for': 'two accounts that were merged',
}

const writing = allRoutes.filter(
  route =>
    route.method !== 'get' &&
    route.auth.some(caller => caller === 'member' || caller === 'server') &&
    !(route.id in changesNothing) &&
    !(route.id in keptOtherwise),
)

const stack: SharedStack = inject('stack')
let database: pg.Client
let place: Awaited<ReturnType<typeof prepareWrites>>

beforeAll(async () => {
  database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
  place = await prepareWrites(stack, database)
})
afterAll(() => database.end())

describe('what a member or a key changes is written down:', () => {
  const here = writing.filter(route => !(route.id in carriedOutElsewhere))

  test.each(here.map(route => [route.id, route] as const))('%s', async (id, route) => {
    const given = (await place.prepared[id]?.()) ?? {}
    const params = { ...place.params, ...given.params }
    const path = route.path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? 'unknown')
    const requestId = crypto.randomUUID()
    const json = given.json ?? route.example
    const answer = await call(
      route.method.toUpperCase(),
      stack.api_url + path + (given.query ?? ''),
      {
        headers: {
          ...(route.auth.includes('member') ? place.asOwner : place.asServer),
          ...given.headers,
          ...(given.file && { 'content-type': given.file.type }),
          'x-request-id': requestId,
        },
        ...(given.file && { bytes: given.file.bytes }),
        ...(json === undefined ? {} : { json }),
      },
    )
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
    const sql = 'SELECT action FROM audit_entry WHERE request_id = $1'
    const { rows } = await database.query(sql, [requestId])
    expect(rows.map(row => row.action)).toContain(id)
  })
})

describe('what is carried out elsewhere names its action in its code:', () => {
  const tree = openTree(inCheckout())
  const code = tree.files
    .filter(file => file.startsWith('apps/api/src/') && !isTest(file) && !/routes\.ts$/.test(file))
    .map(file => tree.lines(file).join('\n'))

  test.each(Object.keys(carriedOutElsewhere))('%s', id => {
    expect(code.some(text => text.includes(`'${id}'`))).toBe(true)
  })
})

test('every reason is about a route that there is', () => {
  const reasons = [changesNothing, keptOtherwise, carriedOutElsewhere].flatMap(Object.keys)
  const ids = allRoutes.map(route => route.id)
  expect(reasons.filter(id => !ids.includes(id))).toEqual([])
})
