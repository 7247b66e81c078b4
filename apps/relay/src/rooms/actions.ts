import { Problem } from '@aethex/shared/errors'
import type { Limits } from '@aethex/shared/limits'
import { codeGuesses, guesserOf } from '@aethex/shared/rooms'
import type { ActionsFor } from '../delivery/action.js'
import type { Recipient } from '../delivery/recipient.js'
import { closeCodes } from '../protocol/close-codes.js'
import { replyingTo } from '../protocol/messages.js'
import type { roomMessages } from '../protocol/room-messages.js'
import type { RoomDirectory } from './directory.js'
import type { MatchRecord } from './match-records.js'
import type { Room } from './room.js'
import { viewOf } from './room-view.js'

/** What hears that a player has come to the room of a match. */
export interface MatchDesk {
  settle(holder: Recipient['holder'], match: MatchRecord): Promise<void>
}

/** A declared state as fields. A field without a value is one that is gone. */
function unpacked({ packer }: Room, bytes: Uint8Array) {
  if (packer === undefined) throw new Problem('state_malformed')
  try {
    const entries = Object.entries(packer.unpack(bytes))
    const present = entries.filter(([, value]) => value !== null)
    return {
      state: Object.fromEntries(present),
      removed: entries.flatMap(([name, value]) => (value === null ? [name] : [])),
    }
  } catch {
    throw new Problem('state_malformed')
  }
}

/** Codes that were wrong are counted; of many tries at once no more are looked at than may fail. */
async function countingGuesses<T>(
  limits: Limits,
  { holder }: Recipient,
  enter: () => Promise<T>,
): Promise<T> {
  const guesser = guesserOf(holder.environment_id, holder.player_id)
  await limits.take(codeGuesses, guesser)
  const entered = await enter()
  // A unit that cannot be given back is lost with its minute.
  await limits.count(codeGuesses, guesser, -1).catch(() => undefined)
  return entered
}

/** What players do in rooms. */
export function createRoomActions(
  rooms: RoomDirectory,
  matches: MatchDesk,
  limits: Limits,
): ActionsFor<keyof typeof roomMessages.client> {
  return {
    async join_room(from, message) {
      const { room_id: roomId, code, team } = message
      const enter = () =>
        rooms.enter(
          from,
          roomId,
          ({ room, member }) => {
            from.send({ type: 'room_joined', ...replyingTo(message), ...viewOf(room, member) })
            if (room.lobby === undefined || from.takesFrames) return
            from.send({ type: 'room_updated', room_id: roomId, ...room.lobby.view() })
          },
          { code, team },
        )
      const room = await (code === undefined ? enter() : countingGuesses(limits, from, enter))
      if (room?.match !== undefined) await matches.settle(from.holder, room.match)
    },
    async resume(from, message) {
      if (!from.takesFrames) throw new Problem('invalid_request', { detail: 'Say hello first.' })
      const { room_id: roomId, resume_token: token, seq, own_seq: ownSeq } = message
      try {
        await rooms.resume(from, { roomId, token, seq, ownSeq }, ({ room, member }, missed) => {
          const view = { ...replyingTo(message), ...viewOf(room, member) }
          if (missed === undefined) from.send({ type: 'gap', ...view })
          else {
            for (const each of missed) from.send(each)
            from.send({ type: 'resumed', ...view, last_id: member.lastId })
          }
        })
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'resume_refused') throw error
        from.close(closeCodes.unauthorized, 'not the seat of this player')
      }
    },
    leave_room(from, message) {
      const room = rooms.leave(from)
      if (room === undefined) throw new Problem('not_in_room')
      from.send({ type: 'room_left', ...replyingTo(message), room_id: room.roomId })
    },
    get_snapshot(from, message) {
      const { room, member } = rooms.obtainSeat(from)
      from.send({ type: 'snapshot', ...replyingTo(message), ...viewOf(room, member) })
    },
    player_state_update(from, message, bytes) {
      const { room, member } = rooms.obtainSeat(from)
      if (room.kind.onState === undefined) throw new Problem('not_taken_here')
      const { state, removed = [] } = 'packed' in message ? unpacked(room, message.packed) : message
      room.kind.onState(room, member, state, removed, bytes)
    },
    send_message(from, message, bytes) {
      const { room, member } = rooms.obtainSeat(from)
      const { id, data } = message
      // What is acknowledged has to be heard: by a node that may not be its own any more neither is.
      const acknowledge = (answer: unknown) => {
        if (rooms.seatOf(from)?.room !== room || room.isHeld(() => acknowledge(answer))) return
        from.send({
          type: 'ack',
          ...replyingTo(message),
          ...(answer === undefined ? {} : { data: answer }),
        })
      }
      // Sent again after a drop, though it had arrived.
      if (id !== undefined && from.takesFrames && id <= member.lastId) {
        acknowledge(undefined)
        return
      }
      room.assertMayTalk(bytes)
      const answer = room.kind.onMessage?.(room, member, data)
      if (id === undefined || !from.takesFrames) return
      member.lastId = id
      acknowledge(answer)
    },
  }
}
