import { type ChatEvent, tellChatOrLater } from '@aethex/shared/chat'
import type { Ctx } from '../../gateway/context.js'
import { moveMutes } from './mute-store.js'
import type { Place } from './place.js'
import { findChannel } from './store.js'

type Told = ChatEvent extends infer Event
  ? Event extends ChatEvent
    ? Omit<Event, 'channel' | 'only' | 'hidden_from'>
    : never
  : never

/**
 * Tells those who listen what has happened in a channel: its members, without those who do not want to hear it.
 * Never throws: it is stored already, and whoever missed it is told to look.
 */
export function tell(
  { redis, log }: Pick<Ctx, 'redis' | 'log'>,
  environmentId: string,
  place: Pick<Place, 'name' | 'members'>,
  event: Told,
  hidden: readonly string[] = [],
): Promise<void> {
  return tellChatOrLater(redis, log, environmentId, {
    ...event,
    channel: place.name,
    ...(place.members === undefined ? {} : { only: [...place.members] }),
    ...(hidden.length === 0 ? {} : { hidden_from: [...hidden] }),
  })
}

/**
 * A group that is called otherwise since its last message: its mutes go along, and who still listens by the former name
 * is told to look.
 */
export async function tellFormerName(
  { db, redis, log }: Pick<Ctx, 'db' | 'redis' | 'log'>,
  environmentId: string,
  place: Pick<Place, 'kind' | 'key' | 'name'>,
): Promise<void> {
  if (place.kind !== 'group') return
  const former = await findChannel(environmentId, db, place.key)
  if (former === undefined || former.name === place.name) return
  await moveMutes(environmentId, db, former.name, place.name)
  await tellChatOrLater(redis, log, environmentId, { type: 'missed', channel: former.name })
}
