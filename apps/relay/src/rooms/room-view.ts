import type { ServerMessageOf } from '../protocol/messages.js'
import type { Member } from './member.js'
import type { Room } from './room.js'
import type { Tracked } from './state-table.js'

type RoomView = Omit<ServerMessageOf<'room_joined'>, 'type' | 'reply_to'>

/** The room as a member is shown it; with numbers, refs and things for those who have said hello. */
export function viewOf(room: Room, viewer: Member): RoomView {
  const isModern = viewer.recipient?.takesFrames === true
  const isSeen = (tracked: Tracked) =>
    tracked.isShown &&
    !tracked.isLarge &&
    (tracked === viewer.shown || (room.kind.isSeenBy?.(room, viewer, tracked) ?? true))
  const members = Array.from(room.members, ({ playerId, username, shown, recipient }) => ({
    player_id: playerId,
    username,
    state: isSeen(shown) ? { ...shown.state } : null,
    ...(isModern ? { ref: shown.ref } : {}),
    ...(isModern && recipient === undefined ? { away: true as const } : {}),
  }))
  if (!isModern) return { room_id: room.roomId, members }
  const things = [...room.states.all()].filter(tracked => tracked.isThing && isSeen(tracked))
  return {
    room_id: room.roomId,
    members,
    things: things.map(({ key, ref, state }) => ({ key, ref, state: { ...state } })),
    epoch: room.epoch,
    seq: room.log.seq,
    own_seq: viewer.own.seq,
    tick: room.states.tick,
    ...(room.lobby === undefined ? {} : { lobby: room.lobby.view() }),
    ...(room.packer === undefined ? {} : { state_schema: { ...room.packer.schema } }),
    tick_ms: room.settings.tickMs,
    mark: viewer.mark,
    resume_token: viewer.resumeToken,
  }
}
