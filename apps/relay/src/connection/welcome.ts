import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import type { RawData } from 'ws'
import type { Actions } from '../delivery/action.js'
import type { ChatDesk } from '../delivery/chat.js'
import type { NewsDesk } from '../delivery/player-news.js'
import type { Matchmaking } from '../matchmaking/matchmaking.js'
import type { Presences } from '../presence/presence.js'
import type { RoomDirectory } from '../rooms/directory.js'
import type { Traffic } from '../traffic.js'
import type { Tuning } from '../tuning.js'
import { Connection } from './connection.js'
import type { Guest } from './door.js'
import { Inbox } from './inbox.js'
import type { ConnectionRegistry } from './registry.js'
import { closeRevoked } from './revocation.js'
import { TokenBucket } from './token-bucket.js'

interface Hosts {
  nodeId: string
  redis: Redis
  registry: ConnectionRegistry
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

// ws hands out whole Buffers as long as its binaryType is left alone.
const isBuffer = (data: RawData): data is Buffer => Buffer.isBuffer(data)

/** What happens to a socket from its first message to its end. */
export function welcomeGuests(hosts: Hosts): (guest: Guest) => void {
  const {
    nodeId,
    redis,
    registry,
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
  return ({ holder, codec, ws, socket }) => {
    const bucket = new TokenBucket(tuning.messagesPerSecond, tuning.messageBurst)
    const connection = new Connection(holder, codec, ws, socket, traffic, tuning, bucket)
    const inbox = new Inbox(connection, actions, bucket, log)

    ws.on('message', (data, isBinary) => {
      traffic.messagesIn++
      if (isBuffer(data)) inbox.receive(data, isBinary)
    })
    ws.on('ping', () => inbox.receivePing())
    // ws closes the socket with the code that fits; the reason is for us.
    ws.on('error', error => log.debug({ err: error, player_id: holder.player_id }, 'socket'))
    ws.on('close', () => {
      registry.remove(connection)
      news.remove(connection)
      presences.remove(connection)
      chat.forget(connection)
      rooms.disconnect(connection)
      matchmaking.forget(connection)
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
    if (holder.moderates !== true) presences.add(connection)
    // Whoever asks for what is new after the welcome must not miss what comes after the answer.
    connection.pause()
    void news.add(connection).then(greet)
  }
}
