import { AeThexError } from '../../core/error.js'
import { later } from '../../core/timer.js'
import { type ChannelName, createLinkConnection } from './link-connection.js'
import type { NegotiationKind } from './negotiation.js'
import type { PeerLink, PeerLinkState } from './peer-link.js'
import { type PeerRoute, routeOf } from './route.js'

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
  /** Makes a connection with the servers that are known now. */
  connect(): RTCPeerConnection
  send(kind: string, data: Record<string, unknown>): void
  onState(link: MeshLink): void
  /** The connection is another one: what it carried besides the data channels begins again. */
  onRenewed(link: MeshLink): void
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

/** So many restarts have not helped: what failed is not the way between the ends. */
const mostRestarts = 2
/** The other end can ask for new connections no faster. */
const renewalMs = 1_000

const negotiationKinds: readonly NegotiationKind[] = ['offer', 'answer', 'candidate']
const ownKinds = new Set(['hello', 'bye', 'data', 'anew', ...negotiationKinds])

const generationOf = ({ g = 0 }: Record<string, unknown>) =>
  typeof g === 'number' && Number.isSafeInteger(g) ? g : 0

export function createMeshLink(parts: MeshLinkParts): MeshLink {
  const { polite } = parts
  const listeners = new Map<string, Set<(data: unknown) => void>>()
  let state: PeerLinkState = 'connecting'
  let way: 'direct' | 'turn' = 'direct'
  let tries = 0
  let triedAt = 0
  /** Which connection of this link it is: both ends speak of the same one. */
  let generation = 0
  let openedAt = performance.now()
  let current = open()
  let cancelPatience: (() => void) | undefined = later(firstPatienceMs, giveWay)
  let cancelRetry: (() => void) | undefined

  function open() {
    const g = generation
    return createLinkConnection({
      connection: parts.connect(),
      polite,
      send: (kind, data) => parts.send(kind, g === 0 ? data : { ...data, g }),
      onState: judge,
      onChannel: (name, data) => parts.onChannel(link, name, data),
    })
  }

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

  /** A connection that has ended, or whose ends distrust each other, does not come back: another takes its place. */
  function renew(next: number): void {
    generation = next
    openedAt = performance.now()
    triedAt = openedAt
    current.close()
    current = open()
    if (state === 'connected') giveWay()
    parts.onRenewed(link)
  }

  function retryNow(): void {
    if (state === 'closed' || current.isUp()) return
    const leftMs = triedAt + tryMs - performance.now()
    if (current.connection.connectionState === 'connecting' && leftMs > 0) {
      cancelRetry = later(leftMs, retryNow)
      return
    }
    tries++
    triedAt = performance.now()
    if (current.hasEnded() || tries > mostRestarts || !current.restart()) {
      renew(generation + 1)
      // The one that begins says so with its offer.
      if (polite) parts.send('anew', { g: generation })
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
    cancelPatience?.()
    cancelPatience = undefined
    if (current.isUp()) return
    become('relayed')
    if (cancelRetry === undefined) retryLater()
  }

  /** The way is known before it is told: a game that was told of another for a moment would have to take it back. */
  async function arrive(): Promise<void> {
    const { connection } = current
    const found = await routeOf(connection).catch(() => way)
    if (connection !== current.connection || !current.isUp()) return
    const isAnother = found !== way
    way = found
    if (state !== 'connected') become('connected')
    else if (isAnother) parts.onState(link)
  }

  function judge(): void {
    if (state === 'closed') return
    if (current.isUp()) {
      rest()
      tries = 0
      void arrive()
    } else if (current.hasEnded() || current.connection.connectionState === 'failed') giveWay()
    else cancelPatience ??= later(lossPatienceMs, giveWay)
  }

  /** Whether a signal is about the connection that stands now; one about a newer one makes it stand. */
  function isOfNow(data: Record<string, unknown>): boolean {
    const theirs = generationOf(data)
    if (theirs > generation && performance.now() - openedAt > renewalMs) renew(theirs)
    return theirs === generation
  }

  const link: MeshLink = {
    playerId: parts.playerId,
    theirs: parts.theirs,
    get connection() {
      return current.connection
    },
    get state() {
      return state
    },
    route: () => (state === 'connected' ? way : 'relay'),
    channel: name => (state === 'connected' ? current.channel(name) : undefined),
    sendSignal(kind, data) {
      if (ownKinds.has(kind)) {
        throw new AeThexError('invalid_request', `Signals called ${kind} are the SDK's own.`)
      }
      if (state !== 'closed') parts.send(kind, { d: data })
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
      if (negotiated !== undefined || kind === 'anew') {
        if (isOfNow(data) && negotiated !== undefined) current.hear(negotiated, data)
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
      if (performance.now() - openedAt > settlingMs) current.repeat()
    },
    reconfigure(configuration) {
      // Where servers cannot be changed, the next connection has the new ones.
      if (current.reconfigure(configuration) && state === 'relayed') retryNow()
    },
    close() {
      if (state === 'closed') return
      rest()
      become('closed')
      listeners.clear()
      current.close()
    },
  }
  return link
}
