import wrtc from '@roamhq/wrtc'
import { createEmitter } from '../core/emitter.js'
import { unwrap } from '../core/result.js'
import type { MultiplayerEvents } from '../realtime/events.js'
import type { IceServers } from '../realtime/peers/ice-servers.js'
import type { WebRtc } from '../realtime/peers/peer-link.js'
import { createPeers, type PeerMessage, type Peers } from '../realtime/peers/peers.js'

type Signal = { to: string; kind: string; data: unknown }

/** One player of the room. */
export interface PeerPlayer {
  id: string
  peers: ReturnType<typeof createPeers>
  /** What the game was told, in order: `+bob`, `-bob`, `bob:direct`. */
  told: string[]
  messages: PeerMessage[]
  faults: unknown[]
  /** The connections that were made, the newest last. */
  connections: RTCPeerConnection[]
  /** The data channels that this player has made, the newest last. */
  channels: RTCDataChannel[]
  /** What this player sends through channels of its own making vanishes, although they look open. */
  isMute: boolean
  /** The way to the relay breaks, with what is on it. */
  goAway(): void
  comeBack(): void
}

/** A double of a room of the relay: it hands signals on as the relay does, and counts them. */
export interface PeerRoom {
  join(id: string, options?: JoinOptions): PeerPlayer
  leave(id: string): void
  /** Every signal that was handed on: `ada>bob offer`. */
  passed: string[]
  /** Says for each signal whether it gets lost on the way. */
  lose(isLost: (signal: Signal & { from: string }) => boolean): void
  /** Holds signals of this kind back for so long. */
  slow(kind: string, ms: number): void
  close(): void
}

export interface JoinOptions {
  ice?: () => Promise<IceServers>
  /** Null for a platform that has none. */
  webRtc?: WebRtc | null
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

/** Servers of nobody: enough on one machine. */
export const noServers = async (): Promise<IceServers> => ({
  ice_servers: [],
  transport_policy: 'all',
  expires_at: inAnHour(),
})

/** Only TURN servers, of which there are none: the two never meet. */
export const nowhere = async (): Promise<IceServers> => ({
  ...(await noServers()),
  transport_policy: 'relay',
})

type RoomEvents = Pick<
  MultiplayerEvents,
  'room_joined' | 'room_left' | 'player_joined' | 'player_left'
>

export function openPeerRoom(): PeerRoom {
  const room_id = 'r1'
  const members = new Map<string, PeerPlayer>()
  const rooms = new Map<string, ReturnType<typeof createEmitter<RoomEvents>>>()
  const away = new Set<string>()
  const passed: string[] = []
  const waits = new Map<string, number>()
  let isLost = (_signal: Signal & { from: string }) => false

  const memberList = () =>
    [...members.keys()].map(id => ({ player_id: id, username: id, state: null }))

  function pass(from: string, { to, kind, data }: Signal): void {
    if (away.has(from) || !members.has(from)) throw new Error('not joined')
    if (isLost({ from, to, kind, data })) return
    passed.push(`${from}>${to} ${kind}`)
    const copy: unknown = JSON.parse(JSON.stringify(data ?? null))
    const arrive = () => {
      if (!away.has(to)) members.get(to)?.peers.hear({ type: 'signal', from, kind, data: copy })
    }
    const waitMs = waits.get(kind)
    if (waitMs === undefined) setImmediate(arrive)
    else setTimeout(arrive, waitMs)
  }

  function join(id: string, { ice = noServers, webRtc = wrtc }: JoinOptions = {}): PeerPlayer {
    const room = createEmitter<RoomEvents>(() => {})
    const player: Omit<PeerPlayer, 'peers'> = {
      id,
      told: [],
      messages: [],
      faults: [],
      connections: [],
      channels: [],
      isMute: false,
      goAway: () => void away.add(id),
      comeBack() {
        away.delete(id)
        room.emit('room_joined', { room_id, members: memberList(), resumed: true })
      },
    }
    const counted =
      webRtc === null
        ? undefined
        : {
            RTCPeerConnection: class extends webRtc.RTCPeerConnection {
              constructor(configuration?: RTCConfiguration) {
                super(configuration)
                player.connections.push(this)
              }

              override createDataChannel(
                ...args: Parameters<RTCPeerConnection['createDataChannel']>
              ) {
                const channel = super.createDataChannel(...args)
                player.channels.push(channel)
                const send = channel.send.bind(channel)
                channel.send = (
                  data: string | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>,
                ) => {
                  if (!whole.isMute && data instanceof ArrayBuffer) send(data)
                }
                return channel
              }
            },
          }
    const peers = createPeers({
      room,
      members: memberList,
      playerId: () => id,
      webRtc: () => counted,
      fetchIce: ice,
      send: ({ to, kind, data }) => pass(id, { to, kind, data }),
      onFault: thrown => player.faults.push(thrown),
    })
    peers.on('connected', ({ player_id }) => player.told.push(`+${player_id}`))
    peers.on('disconnected', ({ player_id }) => player.told.push(`-${player_id}`))
    peers.on('state', ({ player_id, route }) => player.told.push(`${player_id}:${route}`))
    peers.on('message', message => player.messages.push(message))
    const whole = Object.assign(player, { peers })
    for (const other of rooms.values()) {
      other.emit('player_joined', { room_id, player_id: id, username: id })
    }
    members.set(id, whole)
    rooms.set(id, room)
    room.emit('room_joined', { room_id, members: memberList(), resumed: false })
    return whole
  }

  function leave(id: string): void {
    members.delete(id)
    rooms.get(id)?.emit('room_left', { room_id })
    rooms.delete(id)
    for (const other of rooms.values()) other.emit('player_left', { room_id, player_id: id })
  }

  return {
    join,
    leave,
    passed,
    lose(given) {
      isLost = given
    },
    slow: (kind, ms) => void waits.set(kind, ms),
    close() {
      for (const { peers } of members.values()) peers.close()
    },
  }
}

/** Lets players take part. */
export async function enableAll(players: readonly PeerPlayer[]): Promise<void> {
  for (const { peers } of players) unwrap(await peers.enable())
}

/** What a player has heard from another, in order. */
export const heard = (player: PeerPlayer, from: string) =>
  player.messages.filter(message => message.from === from).map(({ data }) => data)

export const say = async (peers: Peers, ...message: Parameters<Peers['send']>) =>
  unwrap(await peers.send(...message))
