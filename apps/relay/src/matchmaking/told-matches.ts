import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import type { MatchRecord } from '../rooms/match-records.js'
import { matchesChannel, parseMatch } from './queue-store.js'

/** Hears of every match that any node made. What is missed while away, refreshing the tickets finds. */
export function listenForMatches(
  subscriber: Redis,
  log: Logger,
  listen: (match: MatchRecord) => void,
): void {
  subscriber.on('message', (channel: string, text: string) => {
    if (channel !== matchesChannel) return
    try {
      listen(parseMatch(text))
    } catch (error) {
      log.error({ err: error }, 'a match could not be told')
    }
  })
  subscriber.on('ready', () => {
    subscriber
      .subscribe(matchesChannel)
      .catch(error => log.warn({ err: error }, 'could not subscribe to matches'))
  })
}
