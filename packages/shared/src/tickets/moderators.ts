import { answerQuestions, publish } from '../bus/index.js'
import type { Closable } from '../lifecycle/index.js'
import type { Logger } from '../log/index.js'
import type { Redis } from '../redis/index.js'
import { type Moderator, TicketHolder } from './holder.js'

/**
 * A moderator's socket is worth as much as the key or the session that opened it, at every moment. Nodes do not ask the
 * database, so they ask the API, once a second and socket; it answers only when the socket must end, as a revocation of
 * the socket's own session. While no API process is up nobody is asked, and nothing is told in any channel either.
 */
const channel = 'moderators:asked'

const Question = TicketHolder.pick({
  environment_id: true,
  player_id: true,
  session_id: true,
}).extend({ moderates: TicketHolder.shape.moderates.unwrap() })

/** Asks whether the socket may go on. Never rejects: it is asked again. */
export async function askForModerator(redis: Redis, log: Logger, holder: TicketHolder) {
  if (redis.status !== 'ready') return
  await redis
    .publish(channel, JSON.stringify(Question.parse(holder)))
    .catch(error => log.debug({ err: error }, 'a moderator is asked for again'))
}

/** Has the sockets closed of those who may not moderate any more; until it is closed. */
export const answerForModerators = (
  redis: Redis,
  log: Logger,
  mayModerate: (environmentId: string, who: Moderator) => Promise<boolean>,
): Closable =>
  answerQuestions(redis, channel, log, async text => {
    const { moderates, ...socket } = Question.parse(JSON.parse(text))
    if (await mayModerate(socket.environment_id, moderates)) return
    await publish(redis, { topic: 'session.revoked', payload: socket })
  })
