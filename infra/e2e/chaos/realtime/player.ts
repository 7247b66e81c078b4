import { type Cloud, createCloud, unwrap } from '@aethex/sdk'
import { msgpack } from '@aethex/sdk/msgpack'
import type { TestEnvironment } from '@aethex/shared/testing'
import type { Dice } from '../../../faults/dice.js'
import { type Dials, keyOf, recordedSocket } from './recorded-socket.js'
import type { Listener, Sent, Told, Wire } from './room-history.js'

/** Somebody who plays through the real SDK, and remembers everything. */
export interface Player {
  readonly id: string
  readonly room: string
  readonly address: string
  readonly cloud: Cloud
  readonly wire: readonly Wire[]
  readonly told: readonly Told[]
  readonly sent: readonly Sent[]
  readonly dials: Dials
  /** When the game was told that it is in its room again. */
  readonly returns: readonly number[]
  isInRoom(): boolean
  /** Begins to move and to talk. */
  play(): void
  /** Says so many things at once. */
  sayMany(words: number): Promise<void>
  /** Falls silent; resolves when every call has been answered. */
  rest(): Promise<void>
  /** The state that it stops at. */
  showLast(state: string): void
  seen(): Map<string, string>
  listener(): Listener
}

export interface PlayerOptions {
  environment: TestEnvironment
  room: string
  index: number
  dice: Dice
}

const lastOctet = (index: number) => 10 + index

/** Errors after which it is known that the room has not heard it. */
const refusals = new Set(['rate_limited', 'not_in_room', 'invalid_request', 'not_taken_here'])

export async function createPlayer(options: PlayerOptions): Promise<Player> {
  const { environment, room, index, dice } = options
  const address = `127.0.0.${lastOctet(index)}`
  const isBinary = index % 2 === 1
  const wire: Wire[] = []
  const told: Told[] = []
  const sent: Sent[] = []
  const returns: number[] = []
  const dials: Dials = { opened: [], closes: [] }
  const cloud = createCloud({
    apiKey: environment.publishableKey,
    url: environment.apiUrl,
    ...(isBinary ? { codec: msgpack } : {}),
    WebSocket: recordedSocket({
      wire,
      dials,
      decode: isBinary ? msgpack.decode : data => JSON.parse(String(data)),
      localAddress: address,
    }),
  })
  const { multiplayer } = cloud
  let isPlaying = false
  let turn = 0
  const calls = new Set<Promise<void>>()
  let playing: Promise<void> = Promise.resolve()
  let isInRoom = false

  multiplayer.on('gap', () => told.push({ at: performance.now(), kind: 'gap' }))
  multiplayer.on('room_left', () => {
    isInRoom = false
    told.push({ at: performance.now(), kind: 'left' })
  })
  multiplayer.on('room_joined', ({ resumed }) => {
    isInRoom = true
    const at = performance.now()
    if (resumed) returns.push(at)
    else told.push({ at, kind: 'joined' })
  })
  multiplayer.on('state', state => {
    if (state !== 'open') isInRoom = false
  })
  multiplayer.on('message', ({ data }) => {
    const key = keyOf(data)
    if (key !== undefined) told.push({ at: performance.now(), kind: 'message', key })
  })

  const { user } = unwrap(await cloud.auth.loginAnonymous())
  unwrap(await multiplayer.joinRoom(room))

  async function say(): Promise<void> {
    const key = `${index}.${++turn}`
    const call = performance.now()
    // Kept in the order in which they are said; how it ends is filled in.
    const mine: Sent = { key, by: user.id, call, ret: Number.POSITIVE_INFINITY, outcome: 'unknown' }
    sent.push(mine)
    const result = await multiplayer.sendMessage({ type: 'word', key })
    mine.ret = performance.now()
    if (result.success) mine.outcome = 'acked'
    else if (refusals.has(result.error.code)) mine.outcome = 'refused'
  }

  async function playOn(): Promise<void> {
    while (isPlaying) {
      if (dice.chance(0.35)) {
        const call = say().finally(() => calls.delete(call))
        calls.add(call)
      }
      multiplayer.sendState({ x: turn, y: dice.below(100), at: 'play' })
      await new Promise(resolve => setTimeout(resolve, 100 + dice.below(200)))
    }
  }

  return {
    id: user.id,
    room,
    address,
    cloud,
    wire,
    told,
    sent,
    dials,
    returns,
    isInRoom: () => isInRoom,
    play() {
      isPlaying = true
      playing = playOn()
    },
    async sayMany(words) {
      await Promise.all(Array.from({ length: words }, say))
    },
    async rest() {
      isPlaying = false
      await playing
      await Promise.all(calls)
    },
    showLast: state => multiplayer.sendState({ at: state, x: turn }),
    seen: () =>
      new Map(
        multiplayer
          .getMembers()
          .filter(({ player_id }) => player_id !== user.id)
          .map(({ player_id, state, away }) => [
            player_id,
            `${away ? 'away, ' : ''}${String(state?.at)}`,
          ]),
      ),
    listener: () => ({ name: user.id, wire, told, finals: new Map() }),
  }
}
