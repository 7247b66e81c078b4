import { z } from 'zod'
import { Id, Page, text } from '../../gateway/shapes.js'

const most = { capacity: 10_000, propertyBytes: 4_096 }

const Region = z.string().regex(/^[a-z0-9-]{1,32}$/, 'is not a to z, 0 to 9 or -')
const Players = z.int().min(0).max(most.capacity)
const Token = z.string().regex(/^[A-Za-z0-9_-]{32}$/, 'is no token')

const facts = {
  name: text(1, 64),
  /** Where players connect, by whatever protocol the game speaks. */
  host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'is no host name and no address'),
  port: z.int().min(1).max(65_535),
  region: Region,
  /** Players that fit in. */
  capacity: z.int().min(1).max(most.capacity),
  properties: z
    .record(text(1, 64), z.unknown())
    .refine(
      value => Buffer.byteLength(JSON.stringify(value)) <= most.propertyBytes,
      'is over 4 KiB as JSON',
    ),
}

export const NewGameServer = z.strictObject({
  ...facts,
  properties: facts.properties.default({}),
})
export type NewGameServer = z.output<typeof NewGameServer>

export const GameServer = z
  .object({
    server_id: z.uuid(),
    ...facts,
    players: Players,
    registered_at: z.iso.datetime(),
  })
  .meta({ id: 'GameServer' })
export type GameServer = z.output<typeof GameServer>

export const Registered = z.object({
  server: GameServer,
  /** Only this process speaks for the server from now on: for heartbeats and join tokens. */
  allocation_token: z.string(),
  /** A server that is not heard of for so many seconds is gone. */
  heartbeat_seconds: z.int(),
})

export const OneGameServer = z.strictObject({ server_id: Id })
export const GameServerAnswer = z.object({ server: GameServer })
export const GameServerList = z.object({
  items: z.array(GameServer),
  next_cursor: z.string().nullable(),
})
export const GameServerSearch = Page.extend({
  region: Region.optional(),
  has_free_seats: z.enum(['true', 'false']).optional(),
})
export type GameServerSearch = z.output<typeof GameServerSearch>

export const Heartbeat = z.strictObject({ players: Players, allocation_token: Token })

export const JoinToken = z.object({
  server: GameServer,
  /** For the game server, which redeems it once. */
  join_token: z.string(),
  expires_in: z.int(),
})
export const Redemption = z.strictObject({ join_token: Token, allocation_token: Token })
export const Redeemed = z.object({
  player_id: z.uuid(),
  username: z.string(),
})
