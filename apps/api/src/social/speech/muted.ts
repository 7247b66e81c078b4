import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import type { Parts } from '../../gateway/context.js'
import { findMute } from './store.js'

/** What keeps the player from writing in a channel, or outside of any, as the player is told; undefined when nothing does. */
export async function muteOf(
  { now }: Pick<Parts, 'now'>,
  environmentId: string,
  db: Db,
  playerId: string,
  channel: string | undefined,
) {
  const row = await findMute(environmentId, db, playerId, channel, now())
  return row && { reason: row.public_reason, ends_at: row.ends_at?.toISOString() ?? null }
}

/** Throws `chat_muted`. */
export async function assertNotMuted(
  parts: Pick<Parts, 'now'>,
  environmentId: string,
  db: Db,
  playerId: string,
  channel: string | undefined,
): Promise<void> {
  const mute = await muteOf(parts, environmentId, db, playerId, channel)
  if (mute !== undefined) throw new Problem('chat_muted', { extensions: mute })
}
