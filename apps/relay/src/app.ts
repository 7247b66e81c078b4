import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { notFound } from '@aethex/shared/errors'
import { answerProblem, createHealth, createMetrics, listen } from '@aethex/shared/http'
import { House, type Running } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { openRedis } from '@aethex/shared/redis'
import type { Config, Secrets } from './config.js'
import { createSessionActions } from './connection/actions.js'
import { openDoor } from './connection/door.js'
import { startHeartbeat } from './connection/heartbeat.js'
import { ConnectionRegistry } from './connection/registry.js'
import { watchRevocations } from './connection/revocation.js'
import { welcomeGuests } from './connection/welcome.js'
import type { Actions } from './delivery/action.js'
import { NewsDesk } from './delivery/player-news.js'
import { sendAway } from './fleet/drain.js'
import { announcePresence } from './fleet/presence.js'
import { createQueueActions } from './matchmaking/actions.js'
import { startMatchmaking } from './matchmaking/matchmaking.js'
import { createRoomActions } from './rooms/actions.js'
import { RoomDirectory } from './rooms/directory.js'
import { createTraffic, exposeTraffic } from './traffic.js'
import { defaultTuning, type Tuning } from './tuning.js'

export interface Relay extends Running {
  /** Where players dial. */
  publicUrl: string
  nodeId: string
}

/** Starts one relay node. It starts without Redis too, says so on /readyz, and lets nobody in until Redis is there. */
export async function startRelay(
  config: Config,
  secrets: Secrets,
  log: Logger,
  tuning: Tuning = defaultTuning,
): Promise<Relay> {
  const house = new House()
  try {
    return await openRelay(house, config, secrets, log, tuning)
  } catch (error) {
    await house.close()
    throw error
  }
}

async function openRelay(
  house: House,
  config: Config,
  secrets: Secrets,
  log: Logger,
  tuning: Tuning,
): Promise<Relay> {
  const nodeId = randomUUID()
  const redis = openRedis(secrets.REDIS_URL, log)
  house.onClose(async () => redis.disconnect())

  const traffic = createTraffic()
  const registry = new ConnectionRegistry(tuning.socketsPerAccount)
  const metrics = createMetrics('relay')
  const health = createHealth([
    { name: 'redis', required: true, ping: async () => void (await redis.ping()) },
  ])
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    if (health.answer(request, response) || metrics.answer(request, response)) return
    answerProblem(response, notFound(), randomUUID(), log)
  }
  const http = house.keep(await listen({ host: config.HOST, port: config.PORT, health }, answer))
  const publicUrl = config.PUBLIC_URL ?? `ws://${config.HOST}:${http.port}`

  // Opened and listened to in one turn: its first `ready` must find the listeners there.
  const subscriber = openRedis(secrets.REDIS_URL, log, 'subscriber')
  house.onClose(async () => subscriber.disconnect())
  watchRevocations(subscriber, redis, registry, log)
  const newsSubscriber = openRedis(secrets.REDIS_URL, log, 'news')
  house.onClose(async () => newsSubscriber.disconnect())
  const news = house.keep(new NewsDesk(newsSubscriber, log))
  const rooms = house.keep(new RoomDirectory(redis, nodeId, log, tuning.renewRoomsMs))
  const matchmaking = house.keep(
    startMatchmaking({ redis, subscriber, nodeId, traffic, tuning, log }),
  )
  exposeTraffic(metrics, traffic, { sockets: () => registry.size, rooms: () => rooms.size })
  house.keep(startHeartbeat(registry, tuning.heartbeatMs))

  const actions: Actions = {
    ...createSessionActions(),
    ...createRoomActions(rooms, matchmaking),
    ...createQueueActions(matchmaking),
  }
  openDoor(
    http.server,
    {
      redis,
      health,
      log,
      allowedOrigins: config.ALLOWED_ORIGINS,
      handshakesPerTenSeconds: tuning.handshakesPerTenSeconds,
    },
    welcomeGuests({
      nodeId,
      redis,
      registry,
      news,
      rooms,
      matchmaking,
      actions,
      traffic,
      tuning,
      log,
    }),
  )

  // Members of one room leave together, so that it is not in two places for long.
  house.onClose(() => sendAway(rooms.groupByRoom(registry.all()), () => registry.size))
  house.keep(
    await announcePresence({
      redis,
      nodeId,
      url: publicUrl,
      countSockets: () => registry.size,
      everyMs: tuning.announceMs,
      log,
    }),
  )
  house.onClose(async () => health.drain())
  return { url: http.url, publicUrl, nodeId, close: () => house.close() }
}
