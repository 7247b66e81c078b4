import { within } from '../core/timer.js'
import type { Codec } from './codec.js'
import { contentsOf, type States } from './frame.js'
import type { WebRtc } from './peers/web-rtc.js'
import type { Socket } from './socket.js'

/**
 * A data channel to the relay beside the socket, for states alone: what is late is lost there instead of holding up
 * what is newer. Where it cannot be opened, everything goes by the socket as ever.
 */
export interface Datagrams {
  /** Tries to open the way on a new connection; quietly without success. */
  open(): void
  /** This player sits in a room: datagrams carry this mark, and the states are those of this tick. */
  sit(mark: number, tick: number): void
  /** All states up to this tick came by the socket. */
  heard(tick: number): void
  /** Hands over a whole state; false when it has to go by the socket, for want of a way that is known to work. */
  show(state: object): boolean
  close(): void
}

export interface DatagramsParts {
  socket: Socket
  codec: Codec
  webRtc(): WebRtc | undefined
  /** Answers true when all of it was understood: then it is acknowledged. */
  onStates(states: States): boolean
}

const kinds = { states: 1, ack: 2, state: 3 }
const headBytes = 9
const gatheringMs = 2_000
const ackEveryMs = 1_000
/** More waiting than this, in bytes, and a state would only be late. */
const backlogLimit = 16 * 1024
/** The relay confirms every eighth state: without a word about this many the way is broken, at twenty a second for two seconds. */
const mostUnheard = 40

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const tooLate = () => new Error('no candidates in time')

/** Resolves when every way to this device is known. */
function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise(resolve => {
    const look = () => {
      if (connection.iceGatheringState === 'complete') resolve()
    }
    connection.addEventListener('icegatheringstatechange', look)
    look()
  })
}

export function createDatagrams({ socket, codec, webRtc, onStates }: DatagramsParts): Datagrams {
  let connection: RTCPeerConnection | undefined
  let channel: RTCDataChannel | undefined
  /** The states that were sent are counted, and those up to `arrived` the relay has heard or had overtaken. */
  let seat: { mark: number; tick: number; count: number; arrived: number } | undefined
  let timer: ReturnType<typeof setInterval> | undefined

  function write(kind: number, number: number, body: Uint8Array): void {
    if (seat === undefined || channel?.readyState !== 'open') return
    const bytes = new Uint8Array(headBytes + body.length)
    const view = new DataView(bytes.buffer)
    view.setUint8(0, kind)
    view.setUint32(1, seat.mark)
    view.setUint32(5, number)
    bytes.set(body, headBytes)
    channel.send(bytes)
  }

  const acknowledge = () => {
    if (seat !== undefined) write(kinds.ack, seat.tick, new Uint8Array(0))
  }

  function heard(tick: number): void {
    if (seat !== undefined) seat.tick = Math.max(seat.tick, tick)
  }

  function hear(data: unknown): void {
    if (!(data instanceof ArrayBuffer) || data.byteLength < headBytes) return
    const view = new DataView(data)
    if (seat === undefined || view.getUint32(1) !== seat.mark) return
    const kind = view.getUint8(0)
    if (kind === kinds.ack) seat.arrived = Math.max(seat.arrived, view.getUint32(5))
    if (kind !== kinds.states) return
    const body = data.slice(headBytes)
    const content = codec.decode(codec.protocol.endsWith('json') ? decoder.decode(body) : body)
    for (const states of contentsOf(content)) {
      if ('type' in states || !onStates(states)) continue
      heard(states[0])
      acknowledge()
    }
  }

  function close(): void {
    clearInterval(timer)
    channel = undefined
    connection?.close()
    connection = undefined
  }

  async function dial({ RTCPeerConnection }: WebRtc): Promise<void> {
    const mine = new RTCPeerConnection({ iceServers: [] })
    connection = mine
    const states = mine.createDataChannel('states', { ordered: false, maxRetransmits: 0 })
    states.binaryType = 'arraybuffer'
    states.addEventListener('message', ({ data }) => hear(data))
    states.addEventListener('open', () => {
      channel = states
      acknowledge()
      timer = setInterval(acknowledge, ackEveryMs)
    })
    await mine.setLocalDescription(await mine.createOffer())
    // Those that are known by then may do.
    await within(gatheringMs, gathered(mine), tooLate).catch(() => {})
    const sdp = mine.localDescription?.sdp ?? ''
    const answer = await socket.request({ type: 'open_datagrams', sdp }, 'datagrams_opened')
    await mine.setRemoteDescription({ type: 'answer', sdp: answer.sdp })
  }

  return {
    open() {
      close()
      const found = webRtc()
      if (found !== undefined) dial(found).catch(close)
    },
    sit(mark, tick) {
      seat = { mark, tick, count: 0, arrived: 0 }
      acknowledge()
    },
    heard,
    show(state) {
      if (seat === undefined || channel?.readyState !== 'open') return false
      // A channel stays open for long after the way has broken.
      if (connection?.connectionState !== 'connected') return false
      if (channel.bufferedAmount > backlogLimit) return false
      const encoded = codec.encode({ type: 'player_state_update', state: { ...state } })
      seat.count += 1
      const isText = typeof encoded === 'string'
      write(kinds.state, seat.count, isText ? encoder.encode(encoded) : new Uint8Array(encoded))
      // Sent even so: when the way is open again, the relay says that it hears them.
      return seat.count - seat.arrived <= mostUnheard
    },
    close,
  }
}
