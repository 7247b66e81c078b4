import type { Closable } from '../lifecycle/index.js'
import type { Logger } from '../log/index.js'
import type { Redis } from '../redis/index.js'

/** Answered at once; whoever was left without an answer asks again. */
const mostUnderway = 32

/**
 * Answers what is asked on a channel of Redis, on a connection of its own named after it. Of several processes each
 * hears every question; the same one is not answered twice at a time. A question that fails is asked again.
 */
export function answerQuestions(
  redis: Redis,
  channel: string,
  log: Logger,
  answer: (question: string) => Promise<void>,
): Closable {
  const subscriber = redis.duplicate({ connectionName: channel, enableOfflineQueue: false })
  const underway = new Set<string>()
  subscriber.on('error', error => log.debug({ err: error, channel }, 'questions connection'))
  subscriber.on('message', (from: string, question: string) => {
    if (from !== channel || underway.has(question) || underway.size >= mostUnderway) return
    underway.add(question)
    answer(question)
      .catch(error => log.debug({ err: error, channel }, 'a question is asked again'))
      .finally(() => underway.delete(question))
  })
  subscriber.on('ready', () => {
    subscriber
      .subscribe(channel)
      .catch(error => log.warn({ err: error, channel }, 'could not listen for questions'))
  })
  return { close: async () => subscriber.disconnect() }
}
