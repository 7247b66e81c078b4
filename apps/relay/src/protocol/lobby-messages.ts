import { z } from 'zod'
import { id, maxMembers, playerId, RoomId } from './atoms.js'

const team = z.string().min(1).max(32)
const name = z.string().min(1).max(64)
const propertyBytes = 4_096

/** What a room says of itself: any JSON object of 4 KiB at most. */
export const Properties = z
  .record(z.string().min(1).max(64), z.unknown())
  .refine(value => Buffer.byteLength(JSON.stringify(value)) <= propertyBytes, 'is over 4 KiB')

/** How a room stands that was made by a player or a studio. */
export const LobbyView = z.strictObject({
  name: z.string().nullable(),
  host_id: playerId.nullable().describe('who has a say in the room; null in one without a host'),
  ready: z.array(playerId),
  teams: z
    .array(z.strictObject({ team: z.string(), player_ids: z.array(playerId) }))
    .nullable()
    .describe('null in a room without teams'),
  properties: z.record(z.string(), z.unknown()),
  max_members: z.int(),
  is_listed: z.boolean(),
  locked: z.boolean().describe('nobody new comes in'),
  code: z.string().nullable().describe('who has not been invited has to know it'),
})
export type LobbyView = z.infer<typeof LobbyView>

/** Lobbies: rooms with a host, teams and a door. All of these are acknowledged, and others hear `room_updated`. */
export const lobbyMessages = {
  client: {
    set_ready: z.strictObject({ type: z.literal('set_ready'), id, ready: z.boolean() }),
    choose_team: z
      .strictObject({
        type: z.literal('choose_team'),
        id,
        team: team.nullable().describe('null: none'),
      })
      .describe('One of the teams that the room was made with.'),
    set_room: z
      .strictObject({
        type: z.literal('set_room'),
        id,
        name: name.nullable().optional(),
        properties: Properties.optional().describe('in the place of those before'),
        is_listed: z.boolean().optional(),
        locked: z.boolean().optional(),
        max_members: z.int().min(1).max(maxMembers).optional(),
      })
      .describe('For the host.'),
    set_host: z
      .strictObject({ type: z.literal('set_host'), id, player_id: playerId })
      .describe('For the host: a member has the say from now on.'),
    kick: z
      .strictObject({ type: z.literal('kick'), id, player_id: playerId })
      .describe('For the host: a member is put out, until somebody with a say invites them again.'),
    ban: z
      .strictObject({ type: z.literal('ban'), id, player_id: playerId })
      .describe(
        'For the host: a player, member or not, is kept out as long as there is this room.',
      ),
    unban: z
      .strictObject({ type: z.literal('unban'), id, player_id: playerId })
      .describe('For the host: a player who was kicked or banned may come again.'),
    invite: z
      .strictObject({ type: z.literal('invite'), id, player_id: playerId })
      .describe('The player hears `room_invited`, and gets in without a code.'),
  },
  server: {
    room_updated: z
      .strictObject({
        type: z.literal('room_updated'),
        room_id: RoomId,
        ...LobbyView.shape,
        seq: z.int().optional().describe('rises by one with every message of the room'),
      })
      .describe('How the room stands now. Those who have not said hello get one after joining.'),
  },
}
