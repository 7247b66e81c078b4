import type { Logger } from '@aethex/shared/log'
import { Told, toldChannel } from '@aethex/shared/matchmaking'
import type { Redis } from '@aethex/shared/redis'

/** Hears what any node does to tickets. What is missed while away, refreshing the tickets finds. */
export function listenForTickets(
  subscriber: Redis,
  log: Logger,
  listen: (told: Told) => void | Promise<void>,
): void {
  const hear = async (text: string) => listen(Told.parse(JSON.parse(text)))
  subscriber.on('message', (channel: string, text: string) => {
    if (channel !== toldChannel) return
    hear(text).catch(error => log.error({ err: error }, 'a ticket could not be told of'))
  })
  subscriber.on('ready', () => {
    subscriber
      .subscribe(toldChannel)
      .catch(error => log.warn({ err: error }, 'could not subscribe to tickets'))
  })
}
