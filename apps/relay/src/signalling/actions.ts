import { Problem } from '@aethex/shared/errors'
import { TokenBucket } from '../connection/token-bucket.js'
import type { ActionsFor } from '../delivery/action.js'
import type { Recipient } from '../delivery/recipient.js'
import type { signalMessages } from '../protocol/signal-messages.js'
import type { RoomDirectory } from '../rooms/directory.js'
import type { Member } from '../rooms/member.js'
import { isAboutVoice } from './voice-signals.js'

/** A description with sound and data of a browser takes 6 KB. */
const maxBytes = 16 * 1024

export interface SignalLimits {
  /** Of one socket, on average and at once. */
  signalsPerSecond: number
  signalBurst: number
}

/** Hands signals from one member of a room to another. */
export function createSignalActions(
  rooms: Pick<RoomDirectory, 'seatOf'>,
  { signalsPerSecond, signalBurst }: SignalLimits,
): ActionsFor<keyof typeof signalMessages.client> {
  const buckets = new WeakMap<Recipient, TokenBucket>()
  /** As their tickets said, also of those who are away for a moment. */
  const voices = new WeakMap<Member, boolean>()

  function assertGranted(from: Recipient): void {
    const bucket = buckets.get(from) ?? new TokenBucket(signalsPerSecond, signalBurst)
    buckets.set(from, bucket)
    if (bucket.take() !== 'granted') throw new Problem('rate_limited')
  }

  function mayHaveVoice(member: Member): boolean {
    if (member.recipient !== undefined) {
      voices.set(member, member.recipient.holder.permissions?.voice === true)
    }
    return voices.get(member) ?? false
  }

  return {
    signal(from, { to, kind, data }, bytes) {
      assertGranted(from)
      if (bytes > maxBytes) {
        throw new Problem('body_too_large', { detail: 'A signal has at most 16 KiB.' })
      }
      const seat = rooms.seatOf(from)
      if (seat === undefined) throw new Problem('not_in_room')
      const { room, member } = seat
      const target = room.member(to)
      if (target === undefined || target === member) throw new Problem('player_not_in_room')
      const [mine, theirs] = [mayHaveVoice(member), mayHaveVoice(target)]
      if (isAboutVoice(kind, data) && !(mine && theirs)) throw new Problem('voice_forbidden')
      room.talk.assertMayCarry()
      room.tell(target, { type: 'signal', from: member.playerId, kind, data })
    },
  }
}
