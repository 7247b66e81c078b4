import { later } from '../../core/timer.js'
import { type Frame, fromSignal, type Payload, packFrame, toSignal, unpackFrame } from './frame.js'
import type { ChannelName } from './link-connection.js'
import type { DataMesh } from './mesh.js'
import type { MeshLink } from './mesh-link.js'
import { createOrderedStream } from './ordered-stream.js'
import type { PeerRoute } from './route.js'

/** Everything said to and by one other player, by whichever way is open. */
export interface Carrier {
  /** False when so much waits that nothing more is taken. */
  sendReliable(payload: Payload): boolean
  /** Goes now or never. */
  sendLatest(payload: Payload): void
  /** The way that messages go now. */
  route(): PeerRoute
  /** The link has another state, or a channel of it has opened or caught up. */
  onChange(): void
  hearChannel(name: ChannelName, data: unknown): void
  hearRelayed(frames: unknown): void
  close(): void
}

interface CarrierParts {
  link: MeshLink
  mesh: Pick<DataMesh, 'outbox' | 'envelope'>
  deliver(payload: Payload, reliable: boolean): void
  /** Messages go another way now. */
  onRoute(): void
}

/** What a data channel may have waiting: it must not grow old in there. */
const mostWaiting = { reliable: 256 * 1024, latest: 64 * 1024 }
const confirmAfterMs = 40
/** A channel that confirms nothing for so long has failed, whatever it says; the relay gets longer each time. */
const silenceMs = { channel: 2_000, relay: 3_000, most: 20_000 }
const batchBytes = 12_000
const mostLatest = 16
/** A message that has arrived before anything was said: nothing is delivered, but it is confirmed. */
const question: Frame = { seq: 0, ack: 0, payload: { isBytes: true, body: new Uint8Array(0) } }

/** A channel may have closed a moment ago: what it does not take is missed by the other end, and said again. */
function put(channel: RTCDataChannel, frame: Frame): void {
  try {
    channel.send(packFrame(frame))
  } catch {}
}

export function createCarrier({ link, mesh, deliver, onRoute }: CarrierParts): Carrier {
  const stream = createOrderedStream(payload => deliver(payload, true))
  /** What may get lost, while only the relay is there: the newest few. */
  let latest: Payload[] = []
  let isSilent = false
  let usedChannel = false
  let wasRoute: PeerRoute = 'relay'
  let confirmBy: 'channel' | 'relay' = 'relay'
  let cancelConfirm: (() => void) | undefined
  let cancelWatch: (() => void) | undefined
  let seen = 0
  let silences = 0

  const openChannel = (name: ChannelName) => (isSilent ? undefined : link.channel(name))
  const route = (): PeerRoute => (openChannel('reliable') === undefined ? 'relay' : link.route())

  function takeForRelay() {
    const frames: Frame[] = stream.take(batchBytes)
    let bytes = frames.reduce((sum, { payload }) => sum + (payload?.body.length ?? 0), 0)
    while (latest.length > 0) {
      bytes += latest[0]?.body.length ?? 0
      if (frames.length > 0 && bytes > batchBytes) break
      const payload = latest.shift()
      if (payload !== undefined) frames.push({ ack: 0, payload })
    }
    if (latest.length > 0) askRelay()
    if (frames.length === 0) return undefined
    const data = { ...mesh.envelope(link), f: frames.map(toSignal) }
    return { to: link.playerId, kind: 'data', data }
  }

  function askRelay(): void {
    mesh.outbox.want(link.playerId, () => {
      const signal = takeForRelay()
      if (signal !== undefined && openChannel('reliable') === undefined) flush()
      return signal
    })
  }

  /** Sends what can be sent now, by the way that is open. */
  function flush(): void {
    const channel = openChannel('reliable')
    if (channel === undefined) {
      if (stream.unsent() || latest.length > 0) askRelay()
    } else {
      while (stream.unsent() && channel.bufferedAmount < mostWaiting.reliable) {
        for (const frame of stream.take(batchBytes)) put(channel, frame)
      }
    }
    if (stream.unconfirmed() > 0) cancelWatch ??= later(silenceMs.channel, watch)
  }

  /** Asks through a channel that has fallen silent: whoever hears it confirms it. */
  function probe(): void {
    const channel = link.channel('reliable')
    if (channel !== undefined) put(channel, question)
  }

  /** Messages that nobody confirms are said again, over the relay. */
  function watch(): void {
    cancelWatch = undefined
    const isMoving = stream.progress() !== seen || stream.unconfirmed() === 0
    seen = stream.progress()
    if (isMoving) silences = 0
    else {
      silences++
      isSilent ||= usedChannel
      stream.rewind()
      settle()
    }
    if (isSilent) probe()
    else if (stream.unconfirmed() === 0) return
    const waitMs = Math.min(silenceMs.most, silenceMs.relay * 2 ** Math.max(0, silences - 1))
    cancelWatch = later(usedChannel ? silenceMs.channel : waitMs, watch)
  }

  /** After the way may have changed: what was under way goes the new one, and whoever listens is told. */
  function settle(): void {
    const usesChannel = openChannel('reliable') !== undefined
    if (usesChannel !== usedChannel) stream.rewind()
    usedChannel = usesChannel
    flush()
    const now = route()
    if (now === wasRoute) return
    wasRoute = now
    onRoute()
  }

  function confirm(): void {
    cancelConfirm = undefined
    if (!stream.owesAck()) return
    const channel = link.channel('reliable')
    if (confirmBy === 'relay' || channel === undefined) askRelay()
    else for (const frame of stream.take(batchBytes)) put(channel, frame)
  }

  function hear(frame: Frame, by: 'channel' | 'relay', reliable: boolean): void {
    if (!reliable) {
      if (frame.payload !== undefined) deliver(frame.payload, false)
      return
    }
    stream.hear(frame)
    if (stream.owesAck()) {
      confirmBy = by
      cancelConfirm ??= later(confirmAfterMs, confirm)
    }
    flush()
  }

  return {
    route,
    sendReliable(payload) {
      if (!stream.push(payload)) return false
      flush()
      return true
    },
    sendLatest(payload) {
      const channel = openChannel('latest')
      if (channel === undefined) {
        latest.push(payload)
        if (latest.length > mostLatest) latest.shift()
        askRelay()
      } else if (channel.bufferedAmount < mostWaiting.latest) {
        put(channel, { ack: 0, payload })
      }
    },
    onChange: settle,
    hearChannel(name, data) {
      const frame = unpackFrame(data)
      if (frame === undefined) return
      if (name === 'latest') hear(frame, 'channel', false)
      else {
        if (isSilent) {
          isSilent = false
          settle()
        }
        hear(frame, 'channel', true)
      }
    },
    hearRelayed(frames) {
      if (!Array.isArray(frames)) return
      for (const value of frames) {
        const frame = fromSignal(value)
        if (frame === undefined) continue
        const isLatest = frame.seq === undefined && frame.payload !== undefined
        hear(frame, 'relay', !isLatest)
      }
    },
    close() {
      cancelConfirm?.()
      cancelWatch?.()
      latest = []
    },
  }
}
