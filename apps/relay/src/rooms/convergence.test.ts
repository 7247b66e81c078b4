import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { Relay } from '../app.js'
import type { PlayerState, ServerMessageOf, States } from '../protocol/messages.js'
import type { TestClient } from '../testing/client.js'
import { openStage, type Stage } from '../testing/stage.js'
import type { Room, RoomKindMaker } from './room.js'

let stage: Stage
let node: Relay
/** The room of the running test, and what its filter lets through. */
let truth: Room | undefined
const visible = new Set<string>()
const environmentId = '018f0000-0000-7000-8000-000000000001'

const Wish = z.object({ thing: z.string(), fields: z.record(z.string(), z.unknown()).nullable() })

const kindOf =
  (isFiltered: boolean): RoomKindMaker =>
  () => ({
    onCreate(room) {
      truth = room
    },
    onState: (room, ...shown) => room.show(...shown),
    onMessage(room, _member, data) {
      const { thing, fields } = Wish.parse(data)
      if (fields === null) room.things.remove(thing)
      else if (Object.keys(fields).length > 0) room.things.set(thing, fields, ['k0'])
      else if (!visible.delete(thing)) visible.add(thing)
      room.say(thing)
    },
    onTick: () => undefined,
    ...(isFiltered
      ? { isSeenBy: (_room, _member, { isThing, key }) => !isThing || visible.has(key) }
      : {}),
  })

beforeAll(async () => {
  stage = await openStage()
  const plenty = 1_000_000
  const tuning = {
    roomTickMs: 20,
    messagesPerSecond: plenty,
    messageBurst: plenty,
    joinsPerSecond: plenty,
    joinBurst: plenty,
    roomBytesPerSecond: 1_000 * plenty,
  }
  node = await stage.startNode(tuning, {}, { open: kindOf(false), filtered: kindOf(true) })
})
afterAll(() => stage.close())

type View = ServerMessageOf<'room_joined' | 'resumed' | 'gap'>

/** What a client knows, put together from all that it hears. */
class Player {
  readonly states = new Map<number, PlayerState | null>()
  private refs = new Map<string, number>()
  private keys = new Map<number, string>()
  private tick = 0

  constructor(
    public client: TestClient,
    private view: View,
  ) {
    this.show(view)
  }

  show(view: View): void {
    this.view = view
    this.tick = view.tick ?? 0
    this.states.clear()
    this.refs = new Map(view.members.map(({ player_id, ref = -1 }) => [player_id, ref]))
    this.keys = new Map(view.things?.map(({ ref, key }) => [ref, key]))
    for (const { ref = -1, state } of view.members) this.states.set(ref, state)
    for (const { ref, state } of view.things ?? []) this.states.set(ref, state)
  }

  async comeBack(): Promise<void> {
    this.client.ws.terminate()
    const { holder } = this.client
    this.client = await stage.join(node, { holder, isModern: true })
    const { room_id, resume_token = '', seq = 0, own_seq = 0 } = this.view
    const resume = { type: 'resume' as const, room_id, resume_token, seq, own_seq }
    // Nothing of a room of this test is forgotten that soon, or it is all told anew.
    const view = await this.client
      .ask(resume, 'resumed')
      .catch(() => this.client.ask({ type: 'join_room', room_id }, 'room_joined'))
    this.show(view)
  }

  async hear(): Promise<void> {
    for (const message of await this.client.rest()) {
      if ('seq' in message && (message.seq ?? 0) <= (this.view.seq ?? 0)) continue
      if (message.type === 'player_joined') this.refs.set(message.player_id, message.ref ?? -1)
      if (message.type === 'player_left') this.refs.delete(message.player_id)
    }
    for (const states of this.client.ticks.splice(0)) this.take(states)
  }

  private take([tick, ...rest]: States): void {
    expect(tick).toBeGreaterThan(this.tick)
    this.tick = tick
    for (let at = 0; at + 1 < rest.length; at += 2) {
      const [ref, change] = [Number(rest[at]), rest[at + 1]]
      if (change === null || typeof change !== 'object') this.states.delete(ref)
      else {
        const [fields, removed, key] = Array.isArray(change) ? change : [change, []]
        if (key !== undefined) this.keys.set(ref, key)
        const state: PlayerState = { ...this.states.get(ref), ...fields }
        for (const name of removed ?? []) delete state[name]
        this.states.set(ref, state)
      }
    }
  }

  /** The states of the others by their id, and those of things by their key. */
  sees(): object {
    const others = [...this.refs].filter(([id]) => id !== this.client.playerId)
    const members = others.map(([id, ref]) => [id, this.states.get(ref) ?? null])
    const things = [...this.keys].filter(([ref]) => this.states.has(ref))
    return {
      members: Object.fromEntries(members),
      things: Object.fromEntries(things.map(([ref, key]) => [key, this.states.get(ref)])),
    }
  }
}

function whatIsThere(except: string, isFiltered: boolean): object {
  const members = [...(truth?.members ?? [])].filter(({ playerId }) => playerId !== except)
  const keys = [...(truth?.things.keys() ?? [])].filter(key => !isFiltered || visible.has(key))
  return {
    members: Object.fromEntries(
      members.map(({ playerId, shown }) => [playerId, shown.isShown ? { ...shown.state } : null]),
    ),
    things: Object.fromEntries(keys.map(key => [key, { ...truth?.things.get(key) }])),
  }
}

test.each([
  ['open', 1],
  ['open', 2],
  ['filtered', 3],
  ['filtered', 4],
] as const)(
  'members of a room (%s) see the same in the end, whatever happened: seed %i',
  {
    timeout: 60_000,
  },
  async (kind, seed) => {
    let last = seed * 7_919
    const below = (most: number) => {
      last = (last * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor(last / 256) % most
    }
    visible.clear()
    const room_id = `converging-${kind}-${seed}`
    await stage.redis.set(
      `rooms:{${environmentId}}:definition:${room_id}`,
      JSON.stringify({ kind }),
    )
    const players: Player[] = []
    const join = async () => {
      const protocol = below(2) === 0 ? 'aethex.v1.json' : 'aethex.v1.msgpack'
      const client = await stage.join(node, { environmentId, isModern: true, protocol })
      const view = await client.ask({ type: 'join_room', room_id }, 'room_joined')
      players.push(new Player(client, view))
    }
    for (let count = 0; count < 3; count++) await join()
    const key = () => `k${below(5)}`
    const big = () => 'x'.repeat(below(2) === 0 ? 9_000 : 3)
    for (let step = 0; step < 250; step++) {
      const player = players[below(players.length)]
      const say = (message: object) => player?.client.say(message)
      const wish = (fields: object | null) =>
        say({ type: 'send_message', channel: 'room', data: { thing: `t${below(6)}`, fields } })
      const what = below(20)
      if (what < 7) {
        const removed = below(3) === 0 ? [key(), 'constructor'] : []
        say({ type: 'player_state_update', state: { [key()]: below(99) }, removed })
      } else if (what === 7) say({ type: 'player_state_update', state: { big: big() } })
      else if (what < 11) wish({ [key()]: below(99), ...(below(6) === 0 ? { big: big() } : {}) })
      else if (what === 11) wish(null)
      else if (what === 12) wish({})
      else if (what === 13 && players.length < 8) await join()
      else if (what === 14 && players.length > 3) {
        const [leaver] = players.splice(below(players.length), 1)
        await leaver?.client.ask({ type: 'leave_room' }, 'room_left')
      } else if (what === 15) await player?.comeBack()
      else if (what === 16) await wait(below(40))
      else await player?.hear()
    }
    // Time for what is too big to be shown at once.
    await wait(600)
    for (const player of players) {
      await player.hear()
      expect(player.sees()).toEqual(whatIsThere(player.client.playerId, kind === 'filtered'))
    }
  },
)
