import * as nodeDataChannel from 'node-datachannel/polyfill'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { unwrap } from '../../core/result.js'
import {
  enableAll,
  heard,
  nowhere,
  openPeerRoom,
  type PeerPlayer,
  type PeerRoom,
  say,
} from '../../testing/peer-stage.js'
import { soon } from '../../testing/soon.js'
import type { WebRtc } from './web-rtc.js'

let room: PeerRoom

beforeEach(() => {
  room = openPeerRoom()
})
afterEach(() => room.close())

/** Messages that the relay has carried. */
const relayed = () => room.passed.filter(signal => signal.endsWith(' data'))

const routes = (player: PeerPlayer) => player.peers.getPeers().map(({ route }) => route)

/** Two players who take part, and reach each other directly. */
async function directPair() {
  const [ada, bob] = [room.join('ada'), room.join('bob')]
  await enableAll([ada, bob])
  await soon(() => expect([routes(ada), routes(bob)]).toEqual([['direct'], ['direct']]))
  return [ada, bob] as const
}

test('two players find each other, talk directly, and the relay hears none of it', async () => {
  const [ada, bob] = await directPair()
  expect([ada.told, bob.told]).toEqual([
    ['+bob', 'bob:direct'],
    ['+ada', 'ada:direct'],
  ])
  const said = [{ shot: [1, 2.5] }, 'text \u{1f600}', null, 0, false, ['deep', { er: [] }]]
  for (const data of said) await say(ada.peers, 'bob', data)
  await say(bob.peers, 'ada', new Uint8Array([0, 255, 7]))
  await say(bob.peers, 'ada', 'latest', { reliable: false })
  await soon(() => expect(heard(bob, 'ada')).toEqual(said))
  await soon(() => expect(ada.messages).toHaveLength(2))
  expect(ada.messages).toContainEqual({
    from: 'bob',
    data: new Uint8Array([0, 255, 7]),
    reliable: true,
  })
  expect(ada.messages).toContainEqual({ from: 'bob', data: 'latest', reliable: false })
  expect(relayed()).toEqual([])
  expect([...ada.faults, ...bob.faults]).toEqual([])
})

test('what is said before there is a direct way goes by the relay, and everything arrives once and in order', async () => {
  const [ada, bob] = [room.join('ada'), room.join('bob')]
  room.slow('answer', 500)
  await enableAll([ada, bob])
  await soon(() => expect(ada.told).toContain('+bob'))
  let count = 0
  const timer = setInterval(() => void say(ada.peers, 'bob', count++), 2)
  await soon(() => expect(routes(ada)).toEqual(['direct']))
  await soon(() => expect(count).toBeGreaterThan(300))
  clearInterval(timer)
  await soon(() => expect(heard(bob, 'ada')).toHaveLength(count))
  expect(heard(bob, 'ada')).toEqual(Array.from({ length: count }, (_, index) => index))
  expect(relayed()).toContain('ada>bob data')
})

test('players who cannot meet talk by the relay with the same events', async () => {
  const [ada, bob] = [room.join('ada', { ice: nowhere }), room.join('bob', { ice: nowhere })]
  await enableAll([ada, bob])
  await soon(() => expect([ada.told, bob.told]).toEqual([['+bob'], ['+ada']]))
  for (let n = 0; n < 200; n++) await say(ada.peers, 'bob', n)
  await say(bob.peers, 'ada', new Uint8Array([1, 2]))
  await say(bob.peers, 'ada', { x: 1 }, { reliable: false })
  await soon(() => expect(heard(bob, 'ada')).toEqual(Array.from({ length: 200 }, (_, n) => n)))
  await soon(() => expect(ada.messages).toHaveLength(2))
  expect(ada.messages).toContainEqual({
    from: 'bob',
    data: new Uint8Array([1, 2]),
    reliable: true,
  })
  expect(ada.messages).toContainEqual({ from: 'bob', data: { x: 1 }, reliable: false })
  expect(routes(ada)).toEqual(['relay'])
  // Two hundred messages are a handful of signals.
  expect(relayed().length).toBeLessThan(10)
})

test('when the direct way breaks the relay takes over, and when it is back it is used again', async () => {
  const [ada, bob] = await directPair()
  await say(ada.peers, 'bob', 'direct')
  await soon(() => expect(heard(bob, 'ada')).toEqual(['direct']))
  // The connection looks open, but nothing comes through any more.
  ada.isMute = true
  for (let n = 0; n < 20; n++) await say(ada.peers, 'bob', n)
  await soon(() => expect(heard(bob, 'ada')).toHaveLength(21))
  expect(routes(ada)).toEqual(['relay'])
  ada.isMute = false
  await soon(() => expect(routes(ada)).toEqual(['direct']))
  const before = relayed().length
  await say(ada.peers, 'bob', 'direct again')
  await soon(() => expect(heard(bob, 'ada')).toHaveLength(22))
  expect(heard(bob, 'ada')).toEqual([
    'direct',
    ...Array.from({ length: 20 }, (_, n) => n),
    'direct again',
  ])
  expect(relayed()).toHaveLength(before)
  expect(ada.told).toEqual(['+bob', 'bob:direct', 'bob:relay', 'bob:direct'])
}, 20_000)

test('a connection that has ended for good is made anew, whoever notices, and nothing said is lost', async () => {
  const webRtc: WebRtc = Object(nodeDataChannel)
  const [ada, bob] = [room.join('ada', { webRtc }), room.join('bob', { webRtc })]
  await enableAll([ada, bob])
  const bothDirect = () =>
    soon(() => expect([routes(ada), routes(bob)]).toEqual([['direct'], ['direct']]), 20_000)
  const ends = [
    () => ada.connections.at(-1)?.close(),
    () => bob.connections.at(-1)?.close(),
    // Of what stands then nothing can be used.
    () => ada.channels.at(-1)?.close(),
  ]
  for (const [round, end] of ends.entries()) {
    await bothDirect()
    const made = ada.connections.length
    end()
    await say(ada.peers, 'bob', `to bob ${round}`)
    await say(bob.peers, 'ada', `to ada ${round}`)
    await soon(() => expect(ada.connections.length).toBeGreaterThan(made))
  }
  await bothDirect()
  await say(ada.peers, 'bob', 'direct again')
  await soon(() =>
    expect(heard(bob, 'ada')).toEqual(['to bob 0', 'to bob 1', 'to bob 2', 'direct again']),
  )
  expect(heard(ada, 'bob')).toEqual(['to ada 0', 'to ada 1', 'to ada 2'])
  expect([ada.told[0], bob.told[0]]).toEqual(['+bob', '+ada'])
  expect([...ada.told, ...bob.told].filter(word => word.startsWith('-'))).toEqual([])
}, 60_000)

test('a lost connection to the relay does not disturb those who talk directly', async () => {
  const [ada, bob] = await directPair()
  ada.goAway()
  await say(ada.peers, 'bob', 'still here')
  await soon(() => expect(heard(bob, 'ada')).toEqual(['still here']))
  ada.comeBack()
  await say(bob.peers, 'ada', 'of course')
  await soon(() => expect(heard(ada, 'bob')).toEqual(['of course']))
  expect(ada.told).toEqual(['+bob', 'bob:direct'])
})

test('signals that get lost with a connection are said again when it is back', async () => {
  const [ada, bob] = [room.join('ada'), room.join('bob')]
  let lost = 0
  room.lose(({ kind }) => (kind === 'offer' || kind === 'answer') && lost++ < 2)
  await enableAll([ada, bob])
  await soon(() => expect(lost).toBeGreaterThan(0))
  await new Promise(resolve => setTimeout(resolve, 1_100))
  ada.goAway()
  ada.comeBack()
  bob.goAway()
  bob.comeBack()
  await soon(() => expect([routes(ada), routes(bob)]).toEqual([['direct'], ['direct']]), 15_000)
}, 20_000)

test('frames that the relay loses are said again, and nothing is heard twice', async () => {
  const [ada, bob] = [room.join('ada', { ice: nowhere }), room.join('bob', { ice: nowhere })]
  await enableAll([ada, bob])
  await soon(() => expect(ada.told).toEqual(['+bob']))
  let frames = 0
  room.lose(({ kind }) => kind === 'data' && frames++ < 4)
  for (let n = 0; n < 20; n++) await say(ada.peers, 'bob', n)
  await soon(() => expect(heard(bob, 'ada')).toHaveLength(20), 15_000)
  expect(heard(bob, 'ada')).toEqual(Array.from({ length: 20 }, (_, n) => n))
}, 20_000)

test('who leaves the room, or takes no part any more, is gone for the others at once', async () => {
  const [ada, bob] = await directPair()
  room.leave('bob')
  expect(ada.told.at(-1)).toBe('-bob')
  expect(bob.told.at(-1)).toBe('-ada')
  expect(await ada.peers.send('bob', 1)).toMatchObject({ error: { code: 'not_connected' } })
  expect(bob.connections.map(({ connectionState }) => connectionState)).toEqual(['closed'])
  const eve = room.join('eve')
  await enableAll([eve])
  await soon(() => expect(ada.told.at(-1)).toBe('eve:direct'))
  eve.peers.disable()
  expect(eve.told.at(-1)).toBe('-ada')
  await soon(() => expect(ada.told.at(-1)).toBe('-eve'))
  unwrap(await eve.peers.enable())
  await soon(() => expect(ada.told.at(-1)).toBe('eve:direct'))
})

test('a player who comes back as another page is another link', async () => {
  const [ada, bob] = await directPair()
  bob.peers.close()
  const again = room.join('bob')
  await enableAll([again])
  const turns = () => ada.told.filter(word => word !== 'bob:relay')
  await soon(() => expect(turns()).toEqual(['+bob', 'bob:direct', '-bob', '+bob', 'bob:direct']))
  await say(ada.peers, 'bob', 1)
  await soon(() => expect(heard(again, 'ada')).toEqual([1]))
})

test('eight players are a whole mesh', async () => {
  // The lighter implementation: this is one process with 56 ends.
  const webRtc: WebRtc = Object(nodeDataChannel)
  const players = 'abcdefgh'.split('').map(id => room.join(id, { webRtc }))
  await enableAll(players)
  await soon(() => {
    for (const player of players) expect(routes(player)).toEqual(Array(7).fill('direct'))
  }, 25_000)
  const answers = await Promise.all(players.map(({ id, peers }) => peers.broadcast(id)))
  expect(answers.map(answer => unwrap(answer).sent_to)).toEqual(Array(8).fill(7))
  await soon(() => {
    for (const { messages } of players) expect(messages).toHaveLength(7)
  })
  // One that has ended for good has another in its place.
  for (const { connections } of players) {
    const open = connections.filter(({ connectionState }) => connectionState !== 'closed')
    expect(open).toHaveLength(7)
  }
}, 40_000)

test('data that cannot be said is refused, and so is what nobody takes', async () => {
  const [ada] = await directPair()
  for (const data of [undefined, () => 1, 'x'.repeat(12_000), new Uint8Array(12_001)]) {
    expect(await ada.peers.send('bob', data)).toMatchObject({ error: { code: 'invalid_request' } })
  }
  expect(await ada.peers.send('nobody', 1)).toMatchObject({ error: { code: 'not_connected' } })
  room.lose(() => true)
  const eve = room.join('eve')
  expect(await eve.peers.send('ada', 1)).toMatchObject({ error: { code: 'not_connected' } })
})

test('a player who takes nothing makes the sender stop, not run out of memory', async () => {
  const [ada, bob] = [room.join('ada', { ice: nowhere }), room.join('bob', { ice: nowhere })]
  await enableAll([ada, bob])
  await soon(() => expect(ada.told).toEqual(['+bob']))
  room.lose(({ kind }) => kind === 'data')
  const answers = await Promise.all(
    Array.from({ length: 1_001 }, (_, n) => ada.peers.send('bob', n)),
  )
  expect(answers.filter(({ success }) => !success)).toMatchObject([
    { error: { code: 'backlog_full', retryable: true } },
  ])
  room.lose(() => false)
  await soon(() => expect(heard(bob, 'ada')).toHaveLength(1_000), 15_000)
}, 20_000)

test('another implementation of WebRTC does as well', async () => {
  const webRtc: WebRtc = Object(nodeDataChannel)
  const [ada, bob] = [room.join('ada', { webRtc }), room.join('bob', { webRtc })]
  await enableAll([ada, bob])
  await soon(() => expect([routes(ada), routes(bob)]).toEqual([['direct'], ['direct']]))
  await say(ada.peers, 'bob', { x: 1 })
  await say(bob.peers, 'ada', new Uint8Array([1, 2]))
  await soon(() => expect(heard(bob, 'ada')).toEqual([{ x: 1 }]))
  await soon(() => expect(heard(ada, 'bob')).toEqual([new Uint8Array([1, 2])]))
  expect(relayed()).toEqual([])
})

test('without WebRTC the error says what to hand over', async () => {
  const ada = room.join('ada', { webRtc: null })
  expect(await ada.peers.enable()).toMatchObject({ error: { code: 'webrtc_missing' } })
})

test('whoever hides its address makes connections by servers only', async () => {
  const [ada, bob] = [room.join('ada'), room.join('bob')]
  unwrap(await ada.peers.enable({ hideAddress: true }))
  unwrap(await bob.peers.enable())
  await soon(() => expect(ada.told).toEqual(['+bob']))
  await say(bob.peers, 'ada', 'by the relay')
  await soon(() => expect(heard(ada, 'bob')).toEqual(['by the relay']))
  expect(ada.connections.map(one => one.getConfiguration().iceTransportPolicy)).toEqual(['relay'])
  expect(room.passed.filter(signal => signal === 'ada>bob candidate')).toEqual([])
})

test('until the servers are known the address is not shown, and once they are the link is direct', async () => {
  let tries = 0
  const late = async () => {
    if (tries++ === 0) throw new Error('not now')
    return (await import('../../testing/peer-stage.js')).noServers()
  }
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const [ada, bob] = [room.join('ada', { ice: late }), room.join('bob')]
    await enableAll([ada, bob])
    await soon(() => expect(ada.told).toEqual(['+bob']))
    expect(ada.connections[0]?.getConfiguration().iceTransportPolicy).toBe('relay')
  } finally {
    vi.useRealTimers()
  }
})

test('signals of strangers, of earlier stays and of no shape change nothing', async () => {
  const [ada, bob] = await directPair()
  const before = ada.connections.length
  const hear = (from: string, kind: string, data: unknown) =>
    ada.peers.hear({ type: 'signal', from, kind, data })
  for (const data of [null, 7, 'x', [], {}, { s: 1 }, { s: 'old', t: 'older', sdp: 'v=0' }]) {
    for (const kind of ['offer', 'answer', 'candidate', 'data', 'bye', 'anything']) {
      hear('bob', kind, data)
      hear('stranger', kind, data)
    }
  }
  hear('stranger', 'hello', { s: 'x', d: true })
  hear('bob', 'hello', { s: 'y', re: 'somebody else' })
  await say(bob.peers, 'ada', 'hi')
  await soon(() => expect(heard(ada, 'bob')).toEqual(['hi']))
  expect(ada.connections).toHaveLength(before)
  expect([ada.told, ada.faults]).toEqual([['+bob', 'bob:direct'], []])
  expect(room.passed.filter(signal => signal.includes('stranger'))).toEqual([])
})
