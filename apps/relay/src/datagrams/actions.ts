import { Problem } from '@aethex/shared/errors'
import { TokenBucket } from '../connection/token-bucket.js'
import type { ActionsFor } from '../delivery/action.js'
import type { Recipient } from '../delivery/recipient.js'
import type { datagramMessages } from '../protocol/datagram-messages.js'
import { type ClientMessage, replyingTo } from '../protocol/messages.js'
import { readMessage } from '../protocol/read-message.js'
import type { RoomDirectory } from '../rooms/directory.js'
import { datagramKinds, readDatagram, writeDatagram } from './datagram.js'
import type { DatagramServer } from './datagram-server.js'

/** Of one socket: a channel needs one, and costs keys and threads. */
const openingsPerSecond = 0.2
const openingBurst = 5
/** After so many states the client hears that they arrive: without, it goes back to the socket. */
const statesPerAck = 8

type Shown = Extract<ClientMessage, { type: 'player_state_update' }>

/** What datagrams do: show a state, or say which states have arrived. What is late, or of another seat, does nothing. */
function createHearing(
  rooms: RoomDirectory,
  from: Recipient,
  show: (message: Shown, bytes: number) => void,
) {
  let toldAt = 0

  /** Counts begin anew with each seat. */
  function acknowledge(mark: number, number: number): void {
    if (number > toldAt && number < toldAt + statesPerAck) return
    toldAt = number
    from.datagrams?.send(writeDatagram({ kind: datagramKinds.ack, mark, number }, []))
  }

  return (bytes: Buffer) => {
    const datagram = readDatagram(bytes)
    const seat = rooms.seatOf(from)
    if (datagram === undefined || seat?.member.mark !== datagram.mark || !from.mayTakeMore()) return
    const { kind, mark, number, body } = datagram
    if (kind === datagramKinds.ack) seat.room.acknowledge(seat.member, number)
    else if (kind === datagramKinds.state && number > seat.member.lastDatagram) {
      seat.member.lastDatagram = number
      const message = readMessage(from.codec.decode(body, from.codec.takesBytes))
      if (message.type !== 'player_state_update') return
      acknowledge(mark, number)
      show(message, bytes.length)
    }
  }
}

/** Opens data channels for those who ask. `show` does what a state by the socket does. */
export function createDatagramActions(
  server: DatagramServer | undefined,
  rooms: RoomDirectory,
  show: (from: Recipient, message: Shown, bytes: number) => void | Promise<void>,
): ActionsFor<keyof typeof datagramMessages.client> {
  const openings = new WeakMap<Recipient, TokenBucket>()
  return {
    async open_datagrams(from, message) {
      if (server === undefined) throw new Problem('datagrams_off')
      const bucket = openings.get(from) ?? new TokenBucket(openingsPerSecond, openingBurst)
      openings.set(from, bucket)
      if (bucket.take() !== 'granted') throw new Problem('rate_limited')
      const hear = createHearing(rooms, from, (shown, bytes) => void show(from, shown, bytes))
      const onBytes = (bytes: Buffer) => {
        try {
          hear(bytes)
        } catch {
          // As good as lost: nobody waits for an answer on this way.
        }
      }
      const opened = await server.accept(message.sdp, onBytes).catch(cause => {
        throw new Problem('datagrams_refused', { cause })
      })
      if (!from.isOpen) {
        opened.line.close()
        return
      }
      from.takeDatagrams(opened.line)
      from.send({ type: 'datagrams_opened', ...replyingTo(message), sdp: opened.answer })
    },
  }
}
