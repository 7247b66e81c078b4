import { later } from '../../core/timer.js'

/** What the two ends tell each other while they negotiate. */
export type NegotiationKind = 'offer' | 'answer' | 'candidate'

export interface Negotiation {
  hear(kind: NegotiationKind, data: Record<string, unknown>): void
  /** Says again what the other may have missed. */
  repeat(): void
  close(): void
}

interface NegotiationParts {
  connection: RTCPeerConnection
  /** Of two offers at once, that of the polite one is taken back. */
  polite: boolean
  send(kind: NegotiationKind, data: Record<string, unknown>): void
}

/** An offer that nobody has answered is said again after this, then ever later. */
const repeatMs = { first: 2_000, most: 30_000 }
/** Candidates that came before the description they belong to. */
const mostEarly = 64
/** Candidates are found in swarms, and leave together. */
const gatherMs = 15
const mostTogether = 24

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

function candidateOf(value: unknown): RTCIceCandidateInit | undefined {
  const { candidate, mid, line, ufrag } = Object(value)
  if (typeof candidate !== 'string') return undefined
  return {
    candidate,
    sdpMid: textOf(mid) ?? null,
    sdpMLineIndex: typeof line === 'number' ? line : null,
    ...(typeof ufrag === 'string' ? { usernameFragment: ufrag } : {}),
  }
}

/**
 * Perfect negotiation (W3C WebRTC §10.7) for one connection: both ends may change it whenever they like. Steps run one
 * after the other, with explicit descriptions and rollback, for not every implementation knows the implicit ones.
 */
export function createNegotiation({ connection, polite, send }: NegotiationParts): Negotiation {
  let line: Promise<unknown> = Promise.resolve()
  let isClosed = false
  /** Counts this end's offers, so that an answer to an older one is known. */
  let offered = 0
  let isSaid = false
  /** The other's offer that lost against ours, with the candidates that belong to it. */
  let isIgnoring = false
  const early: RTCIceCandidateInit[] = []
  let found: Record<string, unknown>[] = []
  let cancelGathering: (() => void) | undefined
  let cancelRepeat: (() => void) | undefined
  let repeats = 0

  /** What the other end says may be nonsense: then the step does nothing, and the next one has its turn. */
  function inLine(step: () => Promise<void>): void {
    const run = async () => {
      if (!isClosed) await step()
    }
    line = line.then(run).catch(() => {})
  }

  function rest(): void {
    cancelRepeat?.()
    cancelRepeat = undefined
    repeats = 0
  }

  function sayOffer(): void {
    const { localDescription } = connection
    if (connection.signalingState !== 'have-local-offer' || localDescription === null) return
    isSaid = true
    send('offer', { n: offered, sdp: localDescription.sdp })
    cancelRepeat?.()
    const waitMs = Math.min(repeatMs.most, repeatMs.first * 2 ** repeats++)
    cancelRepeat = later(waitMs, () => inLine(async () => sayOffer()))
  }

  async function offer(): Promise<void> {
    // Something else came first; the browser asks again once that is done.
    if (connection.signalingState !== 'stable') return
    offered++
    rest()
    await connection.setLocalDescription(await connection.createOffer())
    sayOffer()
  }

  async function add(candidate: RTCIceCandidateInit): Promise<void> {
    if (connection.remoteDescription === null) {
      if (early.length < mostEarly) early.push(candidate)
      return
    }
    // One of an ignored offer, or of an older round, fits nothing.
    await connection.addIceCandidate(candidate).catch(() => {})
  }

  async function accept(description: RTCSessionDescriptionInit): Promise<void> {
    await connection.setRemoteDescription(description)
    for (const candidate of early.splice(0)) await add(candidate)
  }

  async function answer(n: unknown, sdp: string): Promise<void> {
    const collides = connection.signalingState !== 'stable'
    isIgnoring = collides && !polite
    if (isIgnoring) return
    if (collides) {
      rest()
      await connection.setLocalDescription({ type: 'rollback' })
    }
    await accept({ type: 'offer', sdp })
    await connection.setLocalDescription(await connection.createAnswer())
    send('answer', { n, sdp: connection.localDescription?.sdp ?? '' })
  }

  function tellFound(): void {
    cancelGathering?.()
    cancelGathering = undefined
    send('candidate', { c: found })
    found = []
  }

  /** An implementation may make its offer by itself, and never ask for one. */
  function onState(): void {
    if (connection.signalingState === 'stable') isSaid = false
    else
      inLine(async () => {
        if (isSaid || connection.signalingState !== 'have-local-offer') return
        offered++
        sayOffer()
      })
  }

  const onNeeded = () => inLine(offer)
  const onCandidate = ({ candidate }: RTCPeerConnectionIceEvent) => {
    if (isClosed || candidate === null || candidate.candidate === '') return
    const { sdpMid: mid, sdpMLineIndex: line, usernameFragment: ufrag } = candidate
    found.push({ candidate: candidate.candidate, mid, line, ufrag })
    if (found.length >= mostTogether) tellFound()
    else cancelGathering ??= later(gatherMs, tellFound)
  }
  connection.addEventListener('negotiationneeded', onNeeded)
  connection.addEventListener('signalingstatechange', onState)
  connection.addEventListener('icecandidate', onCandidate)

  return {
    hear(kind, data) {
      const { n, sdp } = data
      if (kind === 'candidate') {
        const listed: unknown[] = Array.isArray(data.c) ? data.c.slice(0, mostEarly) : []
        const candidates = listed.map(candidateOf).filter(one => one !== undefined)
        inLine(async () => {
          if (!isIgnoring) for (const candidate of candidates) await add(candidate)
        })
      } else if (typeof sdp === 'string') {
        inLine(async () => {
          if (kind === 'offer') await answer(n, sdp)
          else if (n === offered && connection.signalingState === 'have-local-offer') {
            rest()
            await accept({ type: 'answer', sdp })
          }
        })
      }
    },
    repeat: () => inLine(async () => sayOffer()),
    close() {
      isClosed = true
      cancelGathering?.()
      rest()
      connection.removeEventListener('negotiationneeded', onNeeded)
      connection.removeEventListener('signalingstatechange', onState)
      connection.removeEventListener('icecandidate', onCandidate)
    },
  }
}
