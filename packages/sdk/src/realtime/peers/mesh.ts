import { createEmitter, type Emitter, type Listenable } from '../../core/emitter.js'
import { AeThexError } from '../../core/error.js'
import { mintSecret } from '../../core/uuid.js'
import type { ServerMessage } from '../../generated/messages.js'
import type { MultiplayerEvents } from '../events.js'
import { sealable } from './encoded-streams.js'
import { createIceConfiguration, type IceServers } from './ice-servers.js'
import type { ChannelName } from './link-connection.js'
import { createMeshLink, type MeshLink } from './mesh-link.js'
import type { MeshUse, PeerMesh, PeerMeshEvents, WebRtc } from './peer-link.js'
import { createSignalOutbox, type Signal } from './signal-outbox.js'

export interface MeshParts {
  /** What becomes of the room. */
  room: Listenable<
    Pick<MultiplayerEvents, 'room_joined' | 'room_left' | 'player_joined' | 'player_left'>
  >
  /** Who is in this player's room; nobody while it is in none. */
  members(): readonly { player_id: string }[]
  playerId(): string | undefined
  /** Says it to the relay; throws while the room is not joined. */
  send(message: { type: 'signal' } & Signal): void
  fetchIce(): Promise<IceServers>
  webRtc(): WebRtc | undefined
  onFault(thrown: unknown): void
}

/** The mesh with what data needs of it. */
export interface DataMesh extends PeerMesh {
  readonly outbox: ReturnType<typeof createSignalOutbox>
  readonly data: Listenable<DataEvents>
  linkOf(playerId: string): MeshLink | undefined
  /** Whether the other wants messages, and not only to be heard. */
  takesData(playerId: string): boolean
  /** The name of this stay, which every signal to that player carries, and the name of theirs. */
  envelope(link: MeshLink): { s: string; t: string }
  hear(message: ServerMessage): void
  hideAddress(isHidden: boolean): void
  close(): void
}

interface DataEvents {
  /** Bytes of a data channel; undefined when it has opened or caught up. */
  channel: [link: MeshLink, name: ChannelName, data: unknown]
  /** Frames that came by the relay. */
  relayed: [link: MeshLink, frames: unknown]
  /** The other began or ceased to want messages. */
  takes: [playerId: string]
}

const missing = () =>
  new AeThexError(
    'webrtc_missing',
    'This platform has no WebRTC: hand createCloud one, such as that of @roamhq/wrtc.',
  )

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

export function createMesh(parts: MeshParts): DataMesh {
  const events: Emitter<PeerMeshEvents> = createEmitter(parts.onFault)
  const data: Emitter<DataEvents> = createEmitter(parts.onFault)
  const links = new Map<string, MeshLink>()
  const takers = new Set<string>()
  const uses = new Set<MeshUse>()
  /** Of this stay in this room: signals of an earlier one, or for one, are known by it. */
  let mine = ''
  let isHidden = false
  let isReady = false

  const outbox = createSignalOutbox(signal => {
    try {
      parts.send({ type: 'signal', ...signal })
      return true
    } catch {
      return false
    }
  })
  const ice = createIceConfiguration({
    fetch: parts.fetchIce,
    isHidden: () => isHidden,
    onChange: configuration => {
      for (const link of links.values()) link.reconfigure(configuration)
    },
  })

  const sayHello = (to: string, re?: string) => {
    const hello = { s: mine, d: uses.has('data') }
    outbox.push({ to, kind: 'hello', data: re === undefined ? hello : { ...hello, re } })
  }

  function drop(playerId: string): void {
    const link = links.get(playerId)
    if (link === undefined) return
    links.delete(playerId)
    takers.delete(playerId)
    outbox.forget(playerId)
    link.close()
    events.emit('unlink', playerId)
  }

  function dropAll(): void {
    for (const playerId of [...links.keys()]) drop(playerId)
  }

  function connect(playerId: string, theirs: string): void {
    const own = parts.playerId()
    const webRtc = parts.webRtc()
    if (own === undefined || webRtc === undefined) return
    const stay = mine
    const link = createMeshLink({
      playerId,
      theirs,
      polite: own > playerId,
      connect: () => new webRtc.RTCPeerConnection({ ...ice.now(), ...sealable() }),
      send: (kind, fields) =>
        outbox.push({ to: playerId, kind, data: { s: stay, t: theirs, ...fields } }),
      onState: changed => events.emit('state', playerId, changed),
      onRenewed: renewed => events.emit('renewed', playerId, renewed),
      onChannel: (...args) => data.emit('channel', ...args),
      onFault: parts.onFault,
    })
    links.set(playerId, link)
    events.emit('link', playerId, link)
  }

  function noteTaker(from: string, takes: boolean): void {
    if (takes === takers.has(from)) return
    if (takes) takers.add(from)
    else takers.delete(from)
    data.emit('takes', from)
  }

  function hearHello(from: string, theirs: string, { re, d }: Record<string, unknown>): void {
    if (re === undefined) sayHello(from, theirs)
    else if (re !== mine) return
    const known = links.get(from)
    if (known?.theirs === theirs) known.repeat()
    else {
      drop(from)
      connect(from, theirs)
    }
    noteTaker(from, d === true && links.has(from))
  }

  /** Tells everyone that this player takes part; whoever does too answers. */
  function greet(): void {
    const own = parts.playerId()
    if (!isReady) return
    outbox.resume()
    for (const { player_id } of parts.members()) if (player_id !== own) sayHello(player_id)
  }

  function beginStay(): void {
    dropAll()
    outbox.clear()
    mine = mintSecret().slice(0, 12)
    greet()
  }

  async function begin(): Promise<void> {
    await ice.start()
    if (uses.size === 0 || isReady) return
    isReady = true
    beginStay()
  }

  function end(): void {
    // What waits for players goes with their links, but for the goodbye.
    const goodbyes = [...links].map(([to, { theirs }]) => ({
      to,
      kind: 'bye',
      data: { s: mine, t: theirs },
    }))
    isReady = false
    dropAll()
    for (const goodbye of goodbyes) outbox.push(goodbye)
    ice.stop()
  }

  const stops = [
    parts.room.on('room_joined', ({ resumed }) => {
      if (!isReady) return
      if (resumed) greet()
      else beginStay()
    }),
    parts.room.on('room_left', () => {
      dropAll()
      outbox.clear()
    }),
    parts.room.on('player_joined', ({ player_id }) => {
      if (isReady && player_id !== parts.playerId()) sayHello(player_id)
    }),
    parts.room.on('player_left', ({ player_id }) => drop(player_id)),
  ]

  return {
    on: events.on,
    data,
    outbox,
    links: () => links,
    linkOf: playerId => links.get(playerId),
    takesData: playerId => takers.has(playerId),
    envelope: ({ theirs }) => ({ s: mine, t: theirs }),
    start(use) {
      if (parts.webRtc() === undefined) throw missing()
      const isFirst = uses.size === 0
      uses.add(use)
      if (isFirst) void begin()
      else greet()
    },
    stop(use) {
      if (!uses.delete(use)) return
      if (uses.size === 0) end()
      else greet()
    },
    hear(message) {
      if (message.type !== 'signal' || !isReady) return
      const { from, kind } = message
      if (parts.members().every(({ player_id }) => player_id !== from)) return
      const fields: Record<string, unknown> = { ...Object(message.data) }
      const theirs = textOf(fields.s)
      if (theirs === undefined) return
      if (kind === 'hello') {
        hearHello(from, theirs, fields)
        return
      }
      const link = links.get(from)
      if (link?.theirs !== theirs || fields.t !== mine) return
      if (kind === 'bye') drop(from)
      else if (kind === 'data') data.emit('relayed', link, fields.f)
      else link.hear(kind, fields)
    },
    hideAddress(hidden) {
      if (hidden === isHidden) return
      isHidden = hidden
      // What the connections that stand have shown cannot be taken back; the new ones show less.
      if (isReady) beginStay()
    },
    close() {
      uses.clear()
      for (const stop of stops) stop()
      isReady = false
      dropAll()
      ice.stop()
      outbox.close()
      events.clear()
      data.clear()
    },
  }
}
