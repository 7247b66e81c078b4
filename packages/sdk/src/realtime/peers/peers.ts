import { createEmitter, type Listenable } from '../../core/emitter.js'
import { AeThexError } from '../../core/error.js'
import { attempt, type Result } from '../../core/result.js'
import type { ServerMessage } from '../../generated/messages.js'
import { type Carrier, createCarrier } from './carrier.js'
import { fromPayload, maxPayloadBytes, type Payload, toPayload } from './frame.js'
import { createMesh, type MeshParts } from './mesh.js'
import type { MeshLink } from './mesh-link.js'
import type { PeerMesh } from './peer-link.js'
import type { PeerRoute } from './route.js'

/** Something another player has said, by whichever way. */
export interface PeerMessage {
  from: string
  /** What was sent: a JSON value, or a Uint8Array. It may be anything: nothing checks what others send. */
  data: unknown
  reliable: boolean
}

/** What `peers.on` can listen to. */
export interface PeerEvents {
  message: [message: PeerMessage]
  /** Another member of the room takes part: messages reach it from now on, by the relay until there is a better way. */
  connected: [peer: { player_id: string; route: PeerRoute }]
  /** It has left the room, disabled its peers, or come back as another page (then `connected` follows). */
  disconnected: [peer: { player_id: string }]
  /** Messages take another way now. */
  state: [peer: { player_id: string; route: PeerRoute }]
}

export interface PeerOptions {
  /** Shows this player's network address to no other player: messages go by TURN servers or the relay only. */
  hideAddress?: boolean
}

export interface PeerSendOptions {
  /** In order and without loss, the default; otherwise now or never. */
  reliable?: boolean
}

/** Talking to the others in the room directly where that is possible, and by the relay where it is not. */
export interface Peers extends Listenable<PeerEvents> {
  /** Takes part, in this room and those to come. Errors: `webrtc_missing`. */
  enable(options?: PeerOptions): Promise<Result>
  /** Takes no part any more; voice has connections of its own choice. */
  disable(): void
  /**
   * Says something to one player: a JSON value, or bytes as Uint8Array or ArrayBuffer; at most 12,000 bytes.
   * Errors: `not_connected` when the player takes no part, `invalid_request` for data that cannot be sent,
   * `backlog_full` when the player takes messages more slowly than this one sends them.
   */
  send(playerId: string, data: unknown, options?: PeerSendOptions): Promise<Result>
  /** The same to everyone who takes part; `sent_to` says to how many. */
  broadcast(data: unknown, options?: PeerSendOptions): Promise<Result<{ sent_to: number }>>
  /** How messages reach a player now; undefined when it takes no part. */
  getRoute(playerId: string): PeerRoute | undefined
  /** Everyone who takes part. */
  getPeers(): { player_id: string; route: PeerRoute }[]
}

const notConnected = (playerId: string) =>
  new AeThexError('not_connected', `Player ${playerId} takes no part.`, { retryable: true })

const backlogFull = (playerId: string) =>
  new AeThexError('backlog_full', `Too much waits for player ${playerId}.`, { retryable: true })

function payloadOf(data: unknown): Payload {
  const payload = toPayload(data)
  if (payload === undefined || payload.body.length > maxPayloadBytes) {
    const why =
      payload === undefined ? 'is no JSON value' : `has more than ${maxPayloadBytes} bytes`
    throw new AeThexError('invalid_request', `What is said to a peer ${why}.`)
  }
  return payload
}

/** Besides what games see: the mesh, on which voice stands too. */
export function createPeers(parts: MeshParts): Peers & {
  readonly mesh: PeerMesh
  hear(message: ServerMessage): void
  close(): void
} {
  const events = createEmitter<PeerEvents>(parts.onFault)
  const mesh = createMesh(parts)
  /** One for every link: what was said before a player took part is confirmed, and nobody hears it. */
  const carriers = new Map<string, Carrier>()
  /** Those that the game has been told of. */
  const shown = new Set<string>()
  let isEnabled = false

  function deliver(from: string, payload: Payload, reliable: boolean): void {
    if (!shown.has(from)) return
    let data: unknown
    try {
      data = fromPayload(payload)
    } catch {
      return
    }
    events.emit('message', { from, data, reliable })
  }

  function take(link: MeshLink): void {
    const player_id = link.playerId
    const carrier = createCarrier({
      link,
      mesh,
      deliver: (payload, reliable) => deliver(player_id, payload, reliable),
      onRoute: () => {
        if (shown.has(player_id)) events.emit('state', { player_id, route: carrier.route() })
      },
    })
    carriers.set(player_id, carrier)
  }

  /** Tells the game whether a player takes part, when that has changed. */
  function show(player_id: string): void {
    const carrier = carriers.get(player_id)
    const takesPart = isEnabled && carrier !== undefined && mesh.takesData(player_id)
    if (takesPart === shown.has(player_id)) return
    if (takesPart) {
      shown.add(player_id)
      events.emit('connected', { player_id, route: carrier.route() })
    } else {
      shown.delete(player_id)
      events.emit('disconnected', { player_id })
    }
  }

  function drop(player_id: string): void {
    carriers.get(player_id)?.close()
    carriers.delete(player_id)
    show(player_id)
  }

  const partners = () => [...carriers].filter(([playerId]) => shown.has(playerId))

  function say(playerId: string, carrier: Carrier, payload: Payload, reliable: boolean): void {
    if (!reliable) carrier.sendLatest(payload)
    else if (!carrier.sendReliable(payload)) throw backlogFull(playerId)
  }

  mesh.on('link', playerId => {
    const link = mesh.linkOf(playerId)
    if (link !== undefined) take(link)
  })
  mesh.data.on('takes', show)
  mesh.on('unlink', drop)
  mesh.on('state', playerId => carriers.get(playerId)?.onChange())
  mesh.data.on('channel', ({ playerId }, name, data) => {
    const carrier = carriers.get(playerId)
    if (data === undefined) carrier?.onChange()
    else carrier?.hearChannel(name, data)
  })
  mesh.data.on('relayed', ({ playerId }, frames) => carriers.get(playerId)?.hearRelayed(frames))

  return {
    on: events.on,
    mesh,
    hear: mesh.hear,
    enable: ({ hideAddress = false } = {}) =>
      attempt(async () => {
        mesh.hideAddress(hideAddress)
        mesh.start('data')
        isEnabled = true
        for (const playerId of carriers.keys()) show(playerId)
        return {}
      }),
    disable() {
      isEnabled = false
      for (const playerId of carriers.keys()) show(playerId)
      mesh.stop('data')
    },
    send: (playerId, data, { reliable = true } = {}) =>
      attempt(async () => {
        const carrier = carriers.get(playerId)
        if (carrier === undefined || !shown.has(playerId)) throw notConnected(playerId)
        say(playerId, carrier, payloadOf(data), reliable)
        return {}
      }),
    broadcast: (data, { reliable = true } = {}) =>
      attempt(async () => {
        const payload = payloadOf(data)
        for (const [playerId, carrier] of partners()) say(playerId, carrier, payload, reliable)
        return { sent_to: shown.size }
      }),
    getRoute: playerId => (shown.has(playerId) ? carriers.get(playerId)?.route() : undefined),
    getPeers: () =>
      partners().map(([player_id, carrier]) => ({ player_id, route: carrier.route() })),
    close() {
      isEnabled = false
      for (const carrier of carriers.values()) carrier.close()
      carriers.clear()
      shown.clear()
      mesh.close()
      events.clear()
    },
  }
}
