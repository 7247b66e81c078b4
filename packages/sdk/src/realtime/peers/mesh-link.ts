import { AeThexError } from '../../core/error.js'
import { later } from '../../core/timer.js'
import { createNegotiation, type NegotiationKind } from './negotiation.js'
import type { PeerLink, PeerLinkState } from './peer-link.js'
import { type PeerRoute, routeOf } from './route.js'

/** `reliable` is in order and without loss, `latest` may lose and never waits. */
export type ChannelName = 'reliable' | 'latest'

/** A link as the mesh and the data see it. */
export interface MeshLink extends PeerLink {
  /** Of this stay of the other player, as they call it. */
  readonly theirs: string
  route(): PeerRoute
  /** A data channel that is open now. */
  channel(name: ChannelName): RTCDataChannel | undefined
  /** A signal from the other end. */
  hear(kind: string, data: Record<string, unknown>): void
  /** The way over the relay was interrupted: says again what may have been missed. */
  repeat(): void
  /** Other servers, or the same with newer credentials; a link that is not connected tries them at once. */
  reconfigure(configuration: RTCConfiguration): void
  close(): void
}

export interface MeshLinkParts {
  playerId: string
  theirs: string
  /** The one with the greater id gives way when both speak at once, and lets the other one begin. */
  polite: boolean
  connection: RTCPeerConnection
  send(kind: string, data: Record<string, unknown>): void
  onState(link: MeshLink): void
  /** Bytes from a data channel, or one that has opened or caught up (`data` is undefined). */
  onChannel(link: MeshLink, name: ChannelName, data: unknown): void
  onFault(thrown: unknown): void
}

/** Between the first hello and the fall-back to the relay. */
const firstPatienceMs = 10_000
/** A network that changes is gone for a moment; longer, and the relay takes over. */
const lossPatienceMs = 2_500
const settlingMs = 1_000
const retryMs = { first: 2_000, most: 30_000 }
/** A try that is under way is given so long: another one would begin from nothing. */
const tryMs = 8_000

const ownKinds = new Set(['hello', 'bye', 'data', 'offer', 'answer', 'candidate'])
const negotiationKinds: readonly NegotiationKind[] = ['offer', 'answer', 'candidate']
const channels: Record<ChannelName, RTCDataChannelInit> = {
  reliable: { ordered: true },
  latest: { ordered: false, maxRetransmits: 0 },
}

const isChannelName = (label: string): label is ChannelName => label in channels

export function createMeshLink(parts: MeshLinkParts): MeshLink {
  const { connection, polite, send } = parts
  const negotiation = createNegotiation({ connection, polite, send })
  const opened = new Map<ChannelName, RTCDataChannel>()
  const listeners = new Map<string, Set<(data: unknown) => void>>()
  let state: PeerLinkState = 'connecting'
  let way: 'direct' | 'turn' = 'direct'
  let tries = 0
  let triedAt = 0
  const openedAt = performance.now()
  let cancelPatience: (() => void) | undefined
  let cancelRetry: (() => void) | undefined

  const isUp = () => connection.connectionState === 'connected'

  function become(next: PeerLinkState): void {
    if (state === next || state === 'closed') return
    state = next
    parts.onState(link)
  }

  function rest(): void {
    cancelPatience?.()
    cancelRetry?.()
    cancelPatience = undefined
    cancelRetry = undefined
  }

  function retryNow(): void {
    if (state === 'closed' || isUp()) return
    const leftMs = triedAt + tryMs - performance.now()
    if (connection.connectionState === 'connecting' && leftMs > 0) {
      cancelRetry = later(leftMs, retryNow)
      return
    }
    tries++
    triedAt = performance.now()
    try {
      connection.restartIce()
    } catch {
      // Not every implementation can; then the relay it is.
    }
    retryLater()
  }

  /** Both ends try; the polite one waits longer, for one offer is enough. */
  function retryLater(): void {
    cancelRetry?.()
    const waitMs = Math.min(retryMs.most, retryMs.first * 2 ** tries)
    cancelRetry = later(polite ? waitMs * 1.5 : waitMs, retryNow)
  }

  function giveWay(): void {
    cancelPatience = undefined
    if (isUp()) return
    become('relayed')
    if (cancelRetry === undefined) retryLater()
  }

  async function findRoute(): Promise<void> {
    const found = await routeOf(connection)
    if (found === way || state !== 'connected') return
    way = found
    parts.onState(link)
  }

  function judge(): void {
    if (state === 'closed') return
    if (isUp()) {
      rest()
      tries = 0
      become('connected')
      findRoute().catch(() => {})
    } else if (connection.connectionState === 'failed') {
      cancelPatience?.()
      giveWay()
    } else cancelPatience ??= later(lossPatienceMs, giveWay)
  }

  function adopt(channel: RTCDataChannel): void {
    const name = channel.label
    if (!isChannelName(name)) return
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = 64 * 1024
    const tell = (data: unknown) => {
      if (state !== 'closed') parts.onChannel(link, name, data)
    }
    const open = () => {
      opened.set(name, channel)
      tell(undefined)
    }
    channel.addEventListener('message', ({ data }) => tell(data))
    channel.addEventListener('bufferedamountlow', () => tell(undefined))
    channel.addEventListener('close', () => {
      if (opened.get(name) === channel) opened.delete(name)
    })
    if (channel.readyState === 'open') open()
    else channel.addEventListener('open', open)
  }

  const onChannel = ({ channel }: RTCDataChannelEvent) => adopt(channel)

  const link: MeshLink = {
    playerId: parts.playerId,
    theirs: parts.theirs,
    connection,
    get state() {
      return state
    },
    route: () => (state === 'connected' ? way : 'relay'),
    channel(name) {
      const channel = opened.get(name)
      return channel?.readyState === 'open' && state === 'connected' ? channel : undefined
    },
    sendSignal(kind, data) {
      if (ownKinds.has(kind)) {
        throw new AeThexError('invalid_request', `Signals called ${kind} are the SDK's own.`)
      }
      if (state !== 'closed') send(kind, { d: data })
    },
    onSignal(kind, listener) {
      const known = listeners.get(kind) ?? new Set()
      listeners.set(kind, known)
      const own = (data: unknown) => listener(data)
      known.add(own)
      return () => void known.delete(own)
    },
    hear(kind, data) {
      if (state === 'closed') return
      const negotiated = negotiationKinds.find(known => known === kind)
      if (negotiated !== undefined) {
        negotiation.hear(negotiated, data)
        return
      }
      for (const listener of [...(listeners.get(kind) ?? [])]) {
        try {
          listener(data.d)
        } catch (thrown) {
          parts.onFault(thrown)
        }
      }
    },
    repeat() {
      // Two that say hello to each other at once have missed nothing.
      if (performance.now() - openedAt > settlingMs) negotiation.repeat()
    },
    reconfigure(configuration) {
      try {
        connection.setConfiguration(configuration)
      } catch {
        // Where servers cannot be changed, the next connection has the new ones.
        return
      }
      if (state === 'relayed') retryNow()
    },
    close() {
      if (state === 'closed') return
      rest()
      negotiation.close()
      become('closed')
      connection.removeEventListener('connectionstatechange', judge)
      connection.removeEventListener('datachannel', onChannel)
      opened.clear()
      listeners.clear()
      connection.close()
    },
  }
  connection.addEventListener('connectionstatechange', judge)
  connection.addEventListener('datachannel', onChannel)
  cancelPatience = later(firstPatienceMs, giveWay)
  if (!polite) {
    for (const name of Object.keys(channels).filter(isChannelName)) {
      adopt(connection.createDataChannel(name, channels[name]))
    }
  }
  return link
}
