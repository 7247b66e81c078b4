import { seatedAmong } from '@aethex/shared/chat'
import type { Db } from '@aethex/shared/db'
import type { Ctx } from '../../gateway/context.js'
import { usernameKey } from '../../players/auth/service.js'
import { findByNames } from './people-store.js'
import type { Place } from './place.js'

const mostMentions = 20

// A name with spaces stands in quotes. What follows a letter, as in an e-mail address, is no mention.
const named =
  /(?<![\p{L}\p{N}])@(?:"([^"\n]{3,32})"|([\p{L}\p{N}](?:[\p{L}\p{M}\p{N}_.-]{1,30}[\p{L}\p{M}\p{N}])))/gu
const everyone = /(?<![\p{L}\p{N}])@everyone(?![\p{L}\p{N}])/u

const namesIn = (text: string) =>
  Array.from(text.matchAll(named), ([, quoted, plain]) => usernameKey(quoted ?? plain ?? ''))

export interface Mentions {
  mentions: string[]
  mentionsAll: boolean
}

/** Whom a text names: players who may read the channel, and everyone when the author leads them. */
export async function mentionsIn(
  { redis }: Pick<Ctx, 'redis'>,
  environmentId: string,
  db: Db,
  place: Place,
  text: string,
  hidden: readonly string[],
): Promise<Mentions> {
  const mentionsAll = place.leads && everyone.test(text)
  const names = [...new Set(namesIn(text))].slice(0, mostMentions)
  if (names.length === 0) return { mentions: [], mentionsAll }
  const found = await findByNames(environmentId, db, names)
  const { members, channel } = place
  const readers =
    channel.kind === 'room'
      ? await seatedAmong(redis, environmentId, channel.roomId, found)
      : found.filter(id => members === undefined || members.includes(id))
  return { mentions: readers.filter(id => !hidden.includes(id)), mentionsAll }
}
