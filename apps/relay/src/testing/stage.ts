import { randomUUID } from 'node:crypto'
import { createLog } from '@aethex/shared/log'
import { openRedis, type Redis } from '@aethex/shared/redis'
import { startTestRedis, type TestRedis } from '@aethex/shared/testing'
import { issueTicket, type TicketHolder } from '@aethex/shared/tickets'
import { type Relay, startRelay } from '../app.js'
import { schemas } from '../config.js'
import type { RoomKindMaker } from '../rooms/room.js'
import { defaultTuning, type Tuning } from '../tuning.js'
import { dial, type TestClient } from './client.js'

/** Shorter waits than in production; what is promised does not depend on them. */
const quick = {
  announceMs: 200,
  renewRoomsMs: 200,
  refreshTicketsMs: 200,
  matchRoundMs: 50,
}

/** A Redis, any number of relay nodes on it, and players who dial them. */
export interface Stage {
  redisServer: TestRedis
  redis: Redis
  startNode(
    tuning?: Partial<Tuning>,
    environment?: Record<string, string>,
    kinds?: Record<string, RoomKindMaker>,
  ): Promise<Relay>
  ticketFor(holder: TicketHolder): Promise<string>
  /** A new player (or the given one) at a node, welcomed. */
  join(node: Relay, options?: JoinOptions): Promise<TestClient>
  close(): Promise<void>
}

export interface JoinOptions {
  holder?: TicketHolder
  environmentId?: string
  protocol?: 'aethex.v1.json' | 'aethex.v1.msgpack'
  /** Says hello after the welcome. */
  isModern?: boolean
}

export const newPlayer = (environmentId: string = randomUUID()): TicketHolder => ({
  environment_id: environmentId,
  player_id: randomUUID(),
  username: `player-${randomUUID().slice(0, 8)}`,
  session_id: randomUUID(),
})

export async function openStage(): Promise<Stage> {
  const redisServer = await startTestRedis()
  const log = createLog('relay', 'silent')
  const redis = openRedis(redisServer.url, log)
  const nodes: Relay[] = []
  const clients: TestClient[] = []

  const ticketFor = (holder: TicketHolder) => issueTicket(redis, holder)
  return {
    redisServer,
    redis,
    ticketFor,
    async startNode(tuning = {}, environment = {}, kinds = {}) {
      const config = schemas.config.parse({ PORT: '0', NODE_ENV: 'test', ...environment })
      const secrets = schemas.secrets.parse({ REDIS_URL: redisServer.url, ...environment })
      const node = await startRelay(config, secrets, log, {
        tuning: { ...defaultTuning, ...quick, ...tuning },
        kinds: Object.entries(kinds),
      })
      nodes.push(node)
      return node
    },
    async join(node, { holder, environmentId, protocol = 'aethex.v1.json', isModern } = {}) {
      const player = holder ?? newPlayer(environmentId)
      const ticket = await ticketFor(player)
      const client = await dial(`${node.publicUrl}?ticket=${ticket}`, protocol, player)
      clients.push(client)
      if (isModern) await client.ask({ type: 'hello' }, 'ack')
      return client
    },
    async close() {
      for (const client of clients) client.ws.terminate()
      await Promise.all(nodes.map(node => node.close()))
      redis.disconnect()
      await redisServer.close()
    },
  }
}
