import { GroupChange, PartyLeaving } from '@aethex/shared/bus'
import { PartyInvitationShape, PartyShape } from '@aethex/shared/parties'
import { z } from 'zod'
import { player, RoomId } from './atoms.js'

/** What is new of the player, whatever room the socket is in. */
export const newsMessages = {
  server: {
    save_written: z
      .strictObject({
        type: z.literal('save_written'),
        save_id: z.string(),
        version: z.int(),
        hash: z
          .string()
          .nullable()
          .describe('SHA-256 of the plain bytes, in hexadecimal; null when deleted'),
        device: z.string().nullable().describe('what the writing device calls itself'),
        deleted: z.boolean(),
      })
      .describe(
        'The player has a new version of a slot, by whichever device. A slow reader gets only the newest.',
      ),
    party_updated: z
      .strictObject({ type: z.literal('party_updated'), party: PartyShape })
      .describe("The player's party has changed, or is theirs from now on."),
    party_left: z
      .strictObject({ type: z.literal('party_left'), party_id: z.uuid(), reason: PartyLeaving })
      .describe('The player is in that party no more.'),
    party_invited: z
      .strictObject({ type: z.literal('party_invited'), invitation: PartyInvitationShape })
      .describe('Somebody asks the player to join their party.'),
    party_uninvited: z
      .strictObject({ type: z.literal('party_uninvited'), invitation_id: z.uuid() })
      .describe(
        'The invitation is over: answered on another device, taken back, or its party ended.',
      ),
    group_updated: z
      .strictObject({ type: z.literal('group_updated'), ...GroupChange.shape })
      .describe(
        'Something of a group has changed that the player belongs to, asked to join, or is asked to.',
      ),
    friend_requested: z
      .strictObject({ type: z.literal('friend_requested'), friend: z.strictObject(player) })
      .describe('Somebody wants to be friends with the player.'),
    friend_added: z
      .strictObject({ type: z.literal('friend_added'), friend: z.strictObject(player) })
      .describe('The player has a new friend.'),
    friend_removed: z
      .strictObject({ type: z.literal('friend_removed'), friend: z.strictObject(player) })
      .describe('The two are friends no more, whoever ended it.'),
    room_invited: z
      .strictObject({
        type: z.literal('room_invited'),
        room_id: RoomId,
        kind: z.string(),
        name: z.string().nullable(),
        from: z.strictObject(player),
      })
      .describe('Somebody asks the player into a room, which lets them in from now on.'),
    permissions_changed: z
      .strictObject({
        type: z.literal('permissions_changed'),
        permissions: z.strictObject({ chat: z.boolean(), voice: z.boolean() }),
      })
      .describe('What the player may do on this socket from now on, by age and consent.'),
    news_gap: z
      .strictObject({ type: z.literal('news_gap') })
      .describe('News may have been lost before this; list the saves to be sure.'),
  },
}
