import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import type { Actions } from '../delivery/action.js'
import type { ChatDesk } from '../delivery/chat.js'
import type { NewsDesk } from '../delivery/player-news.js'
import type { Matchmaking } from '../matchmaking/matchmaking.js'
import type { Presences } from '../presence/presence.js'
import type { RoomDirectory } from '../rooms/directory.js'
import type { Traffic } from '../traffic.js'
import type { Tuning } from '../tuning.js'
import type { Guest } from './admission.js'
import { Connection } from './connection.js'
import { Inbox } from './inbox.js'
import type { ModeratorWatch } from './moderators.js'
import type { ConnectionRegistry } from './registry.js'
import { closeRevoked } from './revocation.js'
import { TokenBucket } from './token-bucket.js'

interface Hosts {
  nodeId: string
  redis: Redis
  registry: ConnectionRegistry
  moderators: ModeratorWatch
  news: NewsDesk
  presences: Presences
  chat: ChatDesk
  rooms: RoomDirectory
  matchmaking: Matchmaking
  actions: Actions
  traffic: Traffic
  tuning: Tuning
  log: Logger
}

/** What happens to a connection from its first message to its end. */
export function welcomeGuests(hosts: Hosts): (guest: Guest) => void {
  const {
    nodeId,
    redis,
    registry,
    moderators,
    news,
    presences,
    chat,
    rooms,
    matchmaking,
    actions,
    traffic,
    tuning,
    log,
  } = hosts
  return ({ holder, codec, wire }) => {
    const bucket = new TokenBucket(tuning.messagesPerSecond, tuning.messageBurst)
    const connection = new Connection(holder, codec, wire, traffic, tuning, bucket)
    const inbox = new Inbox(connection, actions, bucket, log)

    wire.listen({
      payload(bytes, isBinary) {
        traffic.messagesIn++
        inbox.receive(bytes, isBinary)
      },
      ping: () => inbox.receivePing(),
      alive: () => connection.noteAlive(),
      fault: error => log.debug({ err: error, player_id: holder.player_id }, 'connection'),
      closed() {
        connection.end()
        registry.remove(connection)
        moderators.remove(connection)
        news.remove(connection)
        presences.remove(connection)
        chat.forget(connection)
        rooms.disconnect(connection)
        matchmaking.forget(connection)
      },
    })

    const greet = () => {
      connection.send({
        type: 'welcome',
        player_id: holder.player_id,
        username: holder.username,
        node_id: nodeId,
        heartbeat_seconds: Math.ceil(tuning.heartbeatMs / 1_000),
      })
      connection.resume()
      // A revocation between ticket and socket found nobody to tell; from here on it will.
      closeRevoked(redis, [connection]).catch(error =>
        log.debug({ err: error }, 'revocation is looked for again when Redis is back'),
      )
    }
    registry.add(connection)
    if (holder.moderates === undefined) presences.add(connection)
    else moderators.add(connection)
    // Whoever asks for what is new after the welcome must not miss what comes after the answer.
    connection.pause()
    void news.add(connection).then(greet)
  }
}
