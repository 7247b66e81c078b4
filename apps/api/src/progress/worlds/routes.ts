import { Problem } from '@aethex/shared/errors'
import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { ifMatchVersion } from '../../gateway/shapes.js'
import {
  Appended,
  EventList,
  EventsAfter,
  NewEvents,
  NewSnapshot,
  OneWorld,
  SnapshotAnswer,
  SnapshotAt,
  SnapshotWithState,
  WorldAnswer,
  WorldList,
  WorldPage,
} from './schema.js'
import {
  appendToWorld,
  deleteWorld,
  getWorld,
  listAllWorlds,
  readEvents,
  readSnapshot,
  type SnapshotCondition,
  writeSnapshot,
} from './service.js'

const megabyte = 1_048_576
const one = '/api/v1/worlds/:world_id'

function conditionIn(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  if (ifNoneMatch === undefined) return ifMatchVersion(ifMatch)
  if (ifNoneMatch !== '*' || ifMatch !== undefined) {
    const reason = 'takes * alone on a write, and not beside If-Match'
    const errors = [{ pointer: 'header/if-none-match', reason }]
    throw new Problem('invalid_request', { detail: `If-None-Match ${reason}.`, errors })
  }
  const absent: SnapshotCondition = 'absent'
  return absent
}

export const worldRoutes = [
  route({
    id: 'worlds.list',
    method: 'get',
    path: '/api/v1/worlds',
    summary: 'The worlds of the environment, by name.',
    auth: ['server'],
    scope: 'worlds:read',
    query: WorldPage,
    returns: WorldList,
    errors: ['invalid_cursor'],
    handle: (ctx, { query }) => listAllWorlds(ctx, query),
  }),
  route({
    id: 'worlds.read',
    method: 'get',
    path: one,
    summary: 'How far the journal and the snapshots of a world are.',
    auth: ['server'],
    scope: 'worlds:read',
    params: OneWorld,
    returns: WorldAnswer,
    errors: ['not_found'],
    handle: (ctx, { params }) => getWorld(ctx, params.world_id),
  }),
  route({
    id: 'worlds.delete',
    method: 'delete',
    path: one,
    summary: 'Ends a world, its journal and its snapshots.',
    auth: ['server'],
    scope: 'worlds:write',
    params: OneWorld,
    errors: ['not_found'],
    handle: (ctx, { params }) => deleteWorld(ctx, params.world_id),
  }),
  route({
    id: 'worlds.append',
    method: 'post',
    path: `${one}/events`,
    summary: 'Appends up to 500 events to the journal, each of them once however often it is sent.',
    auth: ['server'],
    scope: 'worlds:write',
    params: OneWorld,
    body: NewEvents,
    example: {
      events: [{ event_id: 'tick-1041', type: 'door.opened', data: { door: 7 } }],
    },
    bodyLimit: 2 * megabyte,
    returns: Appended,
    errors: ['not_found', 'sequence_mismatch', 'event_id_reused', 'limit_reached'],
    handle: (ctx, { params, body }) => appendToWorld(ctx, params.world_id, body),
  }),
  route({
    id: 'worlds.events',
    method: 'get',
    path: `${one}/events`,
    summary: 'Events behind a number, in order and without gaps.',
    auth: ['server'],
    scope: 'worlds:read',
    params: OneWorld,
    query: EventsAfter,
    returns: EventList,
    errors: ['not_found', 'journal_trimmed'],
    handle: (ctx, { params, query }) => readEvents(ctx, params.world_id, query),
  }),
  route({
    id: 'worlds.write_snapshot',
    method: 'put',
    path: `${one}/snapshot`,
    summary: 'Writes the state after an event; with If-Match only on that version of the snapshot.',
    auth: ['server'],
    scope: 'worlds:write',
    params: OneWorld,
    body: NewSnapshot,
    example: { sequence: 0, state: { doors: { 7: 'open' } } },
    bodyLimit: 8 * megabyte + 1_024,
    idempotent: true,
    returns: SnapshotAnswer,
    errors: [
      'not_found',
      'version_mismatch',
      'sequence_mismatch',
      'limit_reached',
      'body_too_large',
    ],
    handle: async (ctx, { params, body, headers }) => {
      const answer = await writeSnapshot(ctx, params.world_id, body, conditionIn(headers))
      return new Reply(answer, { headers: { etag: `"${answer.snapshot.version}"` } })
    },
  }),
  route({
    id: 'worlds.read_snapshot',
    method: 'get',
    path: `${one}/snapshot`,
    summary: 'The newest snapshot, or the newest one at or before an event.',
    auth: ['server'],
    scope: 'worlds:read',
    params: OneWorld,
    query: SnapshotAt,
    returns: SnapshotWithState,
    errors: ['not_found'],
    handle: async (ctx, { params, query, headers }) => {
      const answer = await readSnapshot(ctx, params.world_id, query.at_sequence)
      const etag = `"${answer.snapshot.version}"`
      const status = headers['if-none-match'] === etag ? 304 : 200
      return new Reply(answer, { status, headers: { etag } })
    },
  }),
]
