import { type Cloud, type CloudOptions, createCloud, unwrap } from '@aethex/sdk'
import { msgpack } from '@aethex/sdk/msgpack'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterEach, beforeAll, expect, inject, test } from 'vitest'
import { WebSocket } from 'ws'

/** Players on networks that let no WebSocket pass: the SDK polls, and the game notices nothing. */

const stack = inject('stack')
const clouds: Cloud[] = []
let environment: TestEnvironment

beforeAll(async () => {
  environment = await freshEnvironment(stack)
})
afterEach(() => {
  for (const cloud of clouds.splice(0)) cloud.close()
})

/** Dials where nobody listens, as a proxy that knows no upgrade lets it. */
class NoWebSocket extends WebSocket {
  constructor(_url: string, protocols: string[]) {
    super('ws://127.0.0.1:9', protocols)
  }
}

/** Every third answer of a poll gets lost after the relay has said it. */
function losingAnswers(): { fetch: typeof fetch; polls(): number } {
  let polls = 0
  return {
    polls: () => polls,
    async fetch(input, init) {
      const answer = await fetch(input, init)
      if (!String(input).endsWith('/poll')) return answer
      polls++
      if (polls > 1 && polls % 3 === 0) throw new TypeError('the answer got lost')
      return answer
    },
  }
}

const soon = { firstMs: 20, maxMs: 100 }

async function openPlayer(options: Partial<CloudOptions>) {
  const { publishableKey: apiKey, apiUrl: url } = environment
  const cloud = createCloud({ apiKey, url, reconnect: soon, ...options })
  clouds.push(cloud)
  const { user } = unwrap(await cloud.auth.loginAnonymous())
  const heard: unknown[] = []
  const seen: unknown[] = []
  cloud.multiplayer.on('message', ({ from, data }) => {
    if (from !== user.id) heard.push(data)
  })
  cloud.multiplayer.on('player_state', (_id, { n }) => seen.push(n))
  return { multiplayer: cloud.multiplayer, heard, seen }
}

const inTime = { timeout: 20_000, interval: 50 }
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

test.each([
  ['JSON', {}],
  ['MessagePack', { codec: msgpack }],
])(
  'where no WebSocket passes the SDK polls in %s, and loses and doubles nothing',
  async (_, codec) => {
    const network = losingAnswers()
    const behind = { WebSocket: NoWebSocket, fetch: network.fetch, ...codec }
    const [ann, bob] = [await openPlayer(behind), await openPlayer({ WebSocket })]
    const { room } = unwrap(await bob.multiplayer.rooms.create({ name: 'Inn', maxMembers: 4 }))
    unwrap(await bob.multiplayer.joinRoom(room.room_id))
    unwrap(await ann.multiplayer.joinRoom(room.room_id))
    const said = numbers(40).flatMap(n =>
      [ann, bob].map(player => player.multiplayer.sendMessage(n)),
    )
    for (const answer of await Promise.all(said)) unwrap(answer)
    ann.multiplayer.sendState({ n: 7 })
    await expect.poll(() => ann.heard, inTime).toEqual(numbers(40))
    await expect.poll(() => bob.heard, inTime).toEqual(numbers(40))
    await expect.poll(() => bob.seen.at(-1), inTime).toBe(7)
    expect(network.polls()).toBeGreaterThan(3)
  },
)

test('whoever asks for it polls from the first', async () => {
  const ann = await openPlayer({ transport: 'polling', WebSocket: NoWebSocket })
  unwrap(await ann.multiplayer.connect())
  expect(ann.multiplayer.getConnectionState()).toBe('open')
})

test('where WebSockets pass nothing polls', async () => {
  const network = losingAnswers()
  const ann = await openPlayer({ WebSocket, fetch: network.fetch })
  unwrap(await ann.multiplayer.connect())
  expect(network.polls()).toBe(0)
})
