import { Problem } from '@aethex/shared/errors'
import type { Limits } from '@aethex/shared/limits'
import { codeGuesses, guesserOf } from '@aethex/shared/rooms'
import { TokenBucket } from '../connection/token-bucket.js'
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

export interface JoinLimits {
  /** Of one socket, on average and at once; coming back counts too. */
  joinsPerSecond: number
  joinBurst: number
}

/** What players do in rooms. */
export function createRoomActions(
  rooms: RoomDirectory,
  matches: MatchDesk,
  limits: Limits,
  { joinsPerSecond, joinBurst }: JoinLimits,
): ActionsFor<keyof typeof roomMessages.client> {
  const joins = new WeakMap<Recipient, TokenBucket>()

  function assertMayJoin(from: Recipient): void {
    const bucket = joins.get(from) ?? new TokenBucket(joinsPerSecond, joinBurst)
    joins.set(from, bucket)
    if (bucket.take() !== 'granted') throw new Problem('rate_limited')
  }

  return {
    async join_room(from, message) {
      assertMayJoin(from)
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
      assertMayJoin(from)
      if (!from.takesFrames) throw new Problem('invalid_request', { detail: 'Say hello first.' })
      const { room_id: roomId, resume_token: token, seq, own_seq: ownSeq } = message
      try {
        await rooms.resume(from, { roomId, token, seq, ownSeq }, ({ room, member }, missed) => {
          const view = { ...replyingTo(message), ...viewOf(room, member) }
          if (missed === undefined) from.send({ type: 'gap', ...view })
          else {
            for (const each of missed) from.send(each)
            from.send({ type: 'resumed', ...view, last_id: member.taken.last })
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
      assertMayJoin(from)
      const { room, member } = rooms.obtainSeat(from)
      from.send({ type: 'snapshot', ...replyingTo(message), ...viewOf(room, member) })
    },
    player_state_update(from, message, bytes) {
      const { room, member } = rooms.obtainSeat(from)
      if (room.kind.onState === undefined) throw new Problem('not_taken_here')
      const { state, removed = [] } = 'packed' in message ? unpacked(room, message.packed) : message
      room.kind.onState(room, member, state, removed, bytes)
    },
    send_message(from, message) {
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
      const counts = id !== undefined && from.takesFrames
      const wasTaken = counts ? member.taken.wasTaken(id) : undefined
      // Said again after a drop: it had arrived, or it had been refused before others were taken.
      if (wasTaken === false)
        throw new Problem('rate_limited', { detail: 'It was refused before.' })
      if (wasTaken === true) {
        acknowledge(undefined)
        return
      }
      room.talk.assertMaySay()
      const answer = room.kind.onMessage?.(room, member, data)
      if (!counts) return
      member.taken.take(id)
      acknowledge(answer)
    },
  }
}
