import { createHash } from 'node:crypto'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { heldWorld, keyOf } from './held-world.js'
import type { NewEvent } from './schema.js'
import { worldHistory } from './settings.js'
import {
  appendEvents,
  type EventToAppend,
  findKnownEvents,
  findWorld,
  listEvents,
  type WorldRow,
} from './store.js'

const largestEvent = 65_536
const pageBytes = 4 * 1_048_576

function encode(
  { event_id: eventId, type, data, occurred_at }: NewEvent,
  at: number,
): EventToAppend {
  const text = JSON.stringify(data)
  if (Buffer.byteLength(text) > largestEvent) {
    const errors = [
      { pointer: `/events/${at}/data`, reason: `is larger than ${largestEvent} bytes` },
    ]
    throw new Problem('invalid_request', { errors })
  }
  const hash = createHash('sha256')
    .update(JSON.stringify([type, text, occurred_at ?? null]))
    .digest()
  const occurredAt = occurred_at === undefined ? null : new Date(occurred_at)
  return { eventId, type, data: text, hash, occurredAt }
}

function assertRoom(world: WorldRow, added: number, most: number): void {
  const used = world.last_sequence - world.trimmed_sequence
  if (used + added <= most) return
  throw new Problem('limit_reached', {
    detail: 'The journal is full: write a snapshot, so that old events can go.',
    extensions: { limit: 'most_events', allowed: most, used },
  })
}

/** Which of the events the journal has already, and under which number. */
async function sequencesOf(
  environmentId: string,
  tx: Db,
  worldId: string,
  events: readonly EventToAppend[],
): Promise<Map<string, number>> {
  const ids = events.map(({ eventId }) => eventId)
  const known = await findKnownEvents(environmentId, tx, worldId, ids)
  const hashes = new Map(events.map(({ eventId, hash }) => [eventId, hash]))
  for (const { event_id: eventId, hash, sequence } of known) {
    if (hashes.get(eventId)?.equals(hash) !== true) {
      throw new Problem('event_id_reused', { extensions: { event_id: eventId, sequence } })
    }
  }
  return new Map(known.map(({ event_id: eventId, sequence }) => [eventId, sequence]))
}

/**
 * Appends events to the journal of a world, all or none; one that is there already keeps its number, so that a sender
 * who heard no answer may send again. Numbers have no gaps. A batch that is there as a whole is answered whatever
 * `expected_sequence` says: it is the answer that was lost.
 * Throws `sequence_mismatch`, `event_id_reused`, `limit_reached`.
 */
export async function appendToWorld(
  ctx: Ctx,
  worldId: string,
  input: { events: readonly NewEvent[]; expected_sequence?: number | undefined },
) {
  const environmentId = environmentOf(ctx)
  const rules = await readSetting(environmentId, ctx.db, worldHistory)
  const events = input.events.map(encode)
  return ctx.db.transaction(async tx => {
    const world = await heldWorld(ctx, tx, worldId, rules.most_worlds)
    const known = await sequencesOf(environmentId, tx, worldId, events)
    const fresh = events.filter(({ eventId }) => !known.has(eventId))
    let last = world.last_sequence
    if (fresh.length > 0) {
      const expected = input.expected_sequence
      if (expected !== undefined && expected !== last) {
        throw new Problem('sequence_mismatch', { extensions: { last_sequence: last } })
      }
      assertRoom(world, fresh.length, rules.most_events)
      last = await appendEvents(environmentId, tx, worldId, keyOf(ctx), fresh)
    }
    const given = new Map(
      fresh.map(({ eventId }, at) => [eventId, world.last_sequence + at + 1] as const),
    )
    return {
      events: events.map(({ eventId }) => ({
        event_id: eventId,
        sequence: known.get(eventId) ?? given.get(eventId) ?? 0,
        repeated: known.has(eventId),
      })),
      last_sequence: last,
    }
  })
}

/** Events behind `after`. Throws `journal_trimmed` when some of them are gone: nobody is to skip them unknowingly. */
export async function readEvents(
  ctx: Ctx,
  worldId: string,
  { after, limit }: { after: number; limit: number },
) {
  const environmentId = environmentOf(ctx)
  const rows = await listEvents(environmentId, ctx.db, worldId, { after, limit, bytes: pageBytes })
  // Asked after the rows were read: what was trimmed meanwhile is missing from them at most.
  const world = await findWorld(environmentId, ctx.db, worldId)
  if (world === undefined) throw notFound()
  if (after < world.trimmed_sequence) {
    const { trimmed_sequence, snapshot_sequence } = world
    throw new Problem('journal_trimmed', { extensions: { trimmed_sequence, snapshot_sequence } })
  }
  const end = rows.at(-1)?.sequence ?? after
  return {
    items: rows.map(row => ({
      ...row,
      occurred_at: row.occurred_at?.toISOString() ?? null,
      created_at: row.created_at.toISOString(),
    })),
    next_after: end < world.last_sequence ? end : null,
    last_sequence: world.last_sequence,
  }
}
