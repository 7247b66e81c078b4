import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { notFound } from '@aethex/shared/errors'
import { answerProblem, createHealth, createMetrics, listen } from '@aethex/shared/http'
import { House, type Running } from '@aethex/shared/lifecycle'
import { createLimits } from '@aethex/shared/limits'
import type { Logger } from '@aethex/shared/log'
import { openRedis } from '@aethex/shared/redis'
import { watchClosures } from '@aethex/shared/rooms'
import type { Config, Secrets } from './config.js'
import { createSessionActions } from './connection/actions.js'
import { createAdmission } from './connection/admission.js'
import { openDoor } from './connection/door.js'
import { startHeartbeat } from './connection/heartbeat.js'
import { ModeratorWatch } from './connection/moderators.js'
import { ConnectionRegistry } from './connection/registry.js'
import { watchRevocations } from './connection/revocation.js'
import { welcomeGuests } from './connection/welcome.js'
import { createDatagramActions } from './datagrams/actions.js'
import { openDatagrams } from './datagrams/datagram-server.js'
import type { Actions } from './delivery/action.js'
import { ChatDesk } from './delivery/chat.js'
import { createChatActions } from './delivery/chat-actions.js'
import { NewsDesk } from './delivery/player-news.js'
import { startAnnouncer } from './fleet/announcer.js'
import { emptyNode } from './fleet/drain.js'
import { createQueueActions } from './matchmaking/actions.js'
import { startMatchmaking } from './matchmaking/matchmaking.js'
import { createPollDesk, type PollDesk } from './polling/poll-desk.js'
import { createPresenceActions } from './presence/actions.js'
import { Presences } from './presence/presence.js'
import { admitStatusText } from './presence/status-words.js'
import { createRoomActions } from './rooms/actions.js'
import { RoomDirectory } from './rooms/directory.js'
import { loadKinds } from './rooms/load-kinds.js'
import { createLobbyActions } from './rooms/lobby-actions.js'
import type { RoomKindMaker } from './rooms/room.js'
import { usualRoom } from './rooms/room-settings.js'
import { createSignalActions } from './signalling/actions.js'
import { createTraffic, exposeTraffic } from './traffic.js'
import { defaultTuning, type Tuning } from './tuning.js'

export interface Relay extends Running {
  /** Where players dial. */
  publicUrl: string
  nodeId: string
}

export interface RelayOptions {
  tuning?: Tuning
  /** Kinds of rooms by their name, besides those of `ROOM_KINDS`. */
  kinds?: Iterable<readonly [string, RoomKindMaker]>
}

/** Starts one relay node. It starts without Redis too, says so on /readyz, and lets nobody in until Redis is there. */
export async function startRelay(
  config: Config,
  secrets: Secrets,
  log: Logger,
  { tuning = defaultTuning, kinds = [] }: RelayOptions = {},
): Promise<Relay> {
  const house = new House()
  try {
    return await openRelay(house, config, secrets, log, { tuning, kinds })
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
  { tuning, kinds }: Required<RelayOptions>,
): Promise<Relay> {
  const nodeId = randomUUID()
  const connect = (role?: string) => {
    const connection = openRedis(secrets.REDIS_URL, log, role)
    house.onClose(async () => connection.disconnect())
    return connection
  }
  const redis = connect()
  const allKinds = new Map([...(await loadKinds(config.ROOM_KINDS)), ...kinds])

  const traffic = createTraffic()
  const registry = new ConnectionRegistry(tuning.socketsPerAccount, tuning.socketsPerAddress)
  const metrics = createMetrics('relay')
  const health = createHealth([
    { name: 'redis', required: true, ping: async () => void (await redis.ping()) },
  ])
  let polls: PollDesk | undefined
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    if (health.answer(request, response) || metrics.answer(request, response)) return
    if (polls?.answer(request, response)) return
    answerProblem(response, notFound(), randomUUID(), log)
  }
  const http = house.keep(await listen({ host: config.HOST, port: config.PORT, health }, answer))
  const publicUrl = config.PUBLIC_URL ?? `ws://${config.HOST}:${http.port}`

  // Opened and listened to in one turn: its first `ready` must find the listeners there.
  const subscriber = connect('subscriber')
  watchRevocations(subscriber, redis, registry, log)
  const moderators = house.keep(new ModeratorWatch(redis, log))
  const news = house.keep(new NewsDesk(connect('news'), log))
  const rooms = house.keep(
    new RoomDirectory({
      redis,
      nodeId,
      settings: usualRoom({ ...tuning, roomTickMs: config.ROOM_TICK_MS ?? tuning.roomTickMs }),
      kinds: allKinds,
      renewMs: tuning.renewRoomsMs,
      log,
    }),
  )
  watchClosures(subscriber, log, (environmentId, roomId) => rooms.closeRoom(environmentId, roomId))
  const limits = createLimits(redis)
  const matchmaking = house.keep(
    startMatchmaking({
      redis,
      subscriber,
      nodeId,
      traffic,
      tuning,
      log,
      socketsOf: (environmentId, playerId) => registry.ofPlayer(environmentId, playerId),
      roomOf: recipient => {
        const room = rooms.seatOf(recipient)?.room
        if (room === undefined) return undefined
        return {
          roomId: room.roomId,
          playerIds: new Set(Array.from(room.members, ({ playerId }) => playerId)),
        }
      },
      onMatch: match => rooms.admit(match),
    }),
  )
  const presences = house.keep(
    new Presences({
      redis,
      subscriber: connect('presence'),
      nodeId,
      roomOf: recipient => {
        const room = rooms.seatOf(recipient)?.room
        return room && { roomId: room.roomId, members: room.members }
      },
      tuning,
      log,
    }),
  )
  const chat = house.keep(
    new ChatDesk({
      redis,
      subscriber: connect('chat'),
      isInRoom: (recipient, roomId) => rooms.seatOf(recipient)?.room.roomId === roomId,
      log,
    }),
  )
  exposeTraffic(metrics, traffic, { sockets: () => registry.size, rooms: () => rooms.size })
  house.keep(startHeartbeat(registry, tuning.heartbeatMs))

  const datagrams =
    config.DATA_CHANNELS === 'on'
      ? await openDatagrams({ bindAddress: config.HOST, port: config.DATA_CHANNEL_PORT, log })
      : undefined
  if (datagrams !== undefined) house.keep(datagrams)
  const roomActions = createRoomActions(rooms, matchmaking, limits, tuning)
  const actions: Actions = {
    ...createSessionActions(),
    ...createPresenceActions(presences, admitStatusText(redis, limits)),
    ...roomActions,
    ...createDatagramActions(datagrams, rooms, roomActions.player_state_update),
    ...createLobbyActions({ rooms, redis, limits, log }),
    ...createQueueActions(matchmaking),
    ...createSignalActions(rooms, tuning),
    ...createChatActions(chat),
  }
  const admission = createAdmission({
    redis,
    health,
    allowedOrigins: config.ALLOWED_ORIGINS,
    handshakesPerTenSeconds: tuning.handshakesPerTenSeconds,
    hasRoomFor: address => registry.hasRoomFor(address),
  })
  const welcome = welcomeGuests({
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
  })
  openDoor(http.server, admission, log, welcome)
  // Who waits for half a heartbeat asks at least once in each.
  polls = createPollDesk(admission, log, tuning.heartbeatMs / 2, welcome)

  const announcer = house.keep(
    await startAnnouncer({
      redis,
      nodeId,
      url: publicUrl,
      region: config.REGION,
      countSockets: () => registry.size,
      everyMs: tuning.announceMs,
      lease: rooms.lease,
      log,
    }),
  )
  house.onClose(() => emptyNode({ redis, nodeId, region: config.REGION, registry, rooms }))
  house.onClose(() => announcer.withdraw())
  house.onClose(async () => health.drain())
  return { url: http.url, publicUrl, nodeId, close: () => house.close() }
}
