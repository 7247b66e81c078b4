import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import { askForModerator } from '@aethex/shared/tickets'
import type { Connection } from './connection.js'

const askEveryMs = 1_000

/** The sockets of moderators, who need a right for as long as they listen: each is asked about once a second. */
export class ModeratorWatch implements Closable {
  private readonly sockets = new Set<Connection>()
  private readonly timer: NodeJS.Timeout

  constructor(redis: Redis, log: Logger) {
    this.timer = setInterval(() => {
      for (const { holder } of this.sockets) void askForModerator(redis, log, holder)
    }, askEveryMs)
  }

  add(connection: Connection): void {
    this.sockets.add(connection)
  }

  remove(connection: Connection): void {
    this.sockets.delete(connection)
  }

  async close(): Promise<void> {
    clearInterval(this.timer)
  }
}
