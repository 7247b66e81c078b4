import type { PlayerNews } from '@aethex/shared/bus'
import type { ServerMessage } from '../protocol/messages.js'

/** What is told, without whom. */
function contentOf<T extends PlayerNews['payload']>({
  environment_id: _environment,
  player_id: _player,
  ...content
}: T) {
  return content
}

/** The message that brings a player's news to their sockets. */
export function messageOf({ topic, payload }: PlayerNews) {
  switch (topic) {
    case 'save.written':
      return { type: 'save_written', ...contentOf(payload) } as const satisfies ServerMessage
    case 'party.updated':
      return { type: 'party_updated', party: payload.party } as const satisfies ServerMessage
    case 'party.left':
      return { type: 'party_left', ...contentOf(payload) } as const satisfies ServerMessage
    case 'party.invited':
      return {
        type: 'party_invited',
        invitation: payload.invitation,
      } as const satisfies ServerMessage
    case 'party.uninvited':
      return { type: 'party_uninvited', ...contentOf(payload) } as const satisfies ServerMessage
    case 'friend.requested':
      return { type: 'friend_requested', friend: payload.friend } as const satisfies ServerMessage
    case 'friend.added':
      return { type: 'friend_added', friend: payload.friend } as const satisfies ServerMessage
    case 'friend.removed':
      return { type: 'friend_removed', friend: payload.friend } as const satisfies ServerMessage
    case 'permissions.changed':
      return {
        type: 'permissions_changed',
        permissions: payload.permissions,
      } as const satisfies ServerMessage
    case 'room.invited':
      return { type: 'room_invited', ...contentOf(payload) } as const satisfies ServerMessage
    case 'group.updated':
      return { type: 'group_updated', ...payload.group } as const satisfies ServerMessage
  }
}
