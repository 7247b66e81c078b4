import { setTimeout as wait } from 'node:timers/promises'
import wrtc from '@roamhq/wrtc'
import { afterEach, expect, test } from 'vitest'
import { soon } from '../../testing/soon.js'
import { createNegotiation, type Negotiation, type NegotiationKind } from './negotiation.js'

const { RTCPeerConnection } = wrtc

interface End {
  connection: RTCPeerConnection
  negotiation: Negotiation
  said: NegotiationKind[]
  channels: string[]
}

let ends: End[] = []
afterEach(() => {
  for (const { connection, negotiation } of ends) {
    negotiation.close()
    connection.close()
  }
  ends = []
})

type Way = (kind: NegotiationKind, arrive: () => void) => void

/** Both ends of one connection; `way` decides when a signal arrives, in the order in which they are said. */
function openPair(way: Way = (_kind, arrive) => void setImmediate(arrive)) {
  const open = (polite: boolean): End => {
    const connection = new RTCPeerConnection()
    const said: NegotiationKind[] = []
    const negotiation = createNegotiation({
      connection,
      polite,
      send(kind, data) {
        said.push(kind)
        const copy = JSON.parse(JSON.stringify(data))
        way(kind, () => other(end)?.negotiation.hear(kind, copy))
      },
    })
    const channels: string[] = []
    connection.addEventListener('datachannel', ({ channel }) => channels.push(channel.label))
    const end = { connection, negotiation, said, channels }
    ends.push(end)
    return end
  }
  const pair = [open(true), open(false)] as const
  const other = (end: End) => pair.find(one => one !== end)
  return pair
}

const kindsOf = ({ connection }: End) =>
  connection
    .getTransceivers()
    .filter(({ mid, currentDirection }) => mid !== null && currentDirection)

const settled = (pair: readonly End[], tracks: number) =>
  soon(() => {
    for (const end of pair) {
      expect(end.connection.signalingState).toBe('stable')
      expect(end.connection.connectionState).toBe('connected')
      expect(kindsOf(end).length).toBeGreaterThanOrEqual(tracks)
    }
  })

const addTrack = ({ connection }: End) =>
  void connection.addTrack(new wrtc.nonstandard.RTCAudioSource().createTrack())

test('two offers at once end in one connection with what both wanted', async () => {
  const pair = openPair()
  const [polite, impolite] = pair
  polite.connection.createDataChannel('from the polite')
  impolite.connection.createDataChannel('from the impolite')
  await settled(pair, 0)
  await soon(() => expect(polite.channels).toEqual(['from the impolite']))
  await soon(() => expect(impolite.channels).toEqual(['from the polite']))
  expect(impolite.said.filter(kind => kind === 'offer')).toHaveLength(1)
})

test('two offers at once over a slow way end the same', async () => {
  const pair = openPair((_kind, arrive) => void setTimeout(arrive, 120))
  for (const end of pair) {
    end.connection.createDataChannel('x')
    addTrack(end)
  }
  await settled(pair, 1)
  await soon(() => expect(pair.map(({ channels }) => channels)).toEqual([['x'], ['x']]))
})

test.each([1, 2, 3, 4, 5, 6])('tracks added by both at any moment all arrive (%i)', async seed => {
  let state = seed
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state % below
  }
  // In order for each way, however late.
  let line = Promise.resolve()
  const pair = openPair((_kind, arrive) => {
    line = line.then(() => wait(random(6))).then(arrive)
  })
  for (const end of pair) end.connection.createDataChannel('x')
  for (let step = 0; step < 6; step++) {
    addTrack(pair[random(2)] ?? pair[0])
    await wait(random(30))
  }
  await settled(pair, 3)
  const [first, second] = pair.map(({ connection }) =>
    connection.getSenders().filter(({ track }) => track !== null),
  )
  expect((first?.length ?? 0) + (second?.length ?? 0)).toBe(6)
  for (const end of pair) {
    const heard = () => end.connection.getReceivers().filter(({ track }) => track !== null).length
    const spoken = (end === pair[0] ? second : first)?.length ?? 0
    await soon(() => expect(heard()).toBeGreaterThanOrEqual(spoken))
  }
})

test('candidates that come before their description are kept for it', async () => {
  let held: (() => void)[] = []
  const pair = openPair((kind, arrive) => {
    if (kind === 'candidate') setImmediate(arrive)
    else held.push(arrive)
  })
  pair[1].connection.createDataChannel('x')
  const release = () => {
    for (const arrive of held.splice(0)) arrive()
  }
  await soon(() => expect(pair[1].said).toContain('candidate'))
  await wait(50)
  release()
  await soon(() => expect(pair[0].said).toContain('candidate'))
  await wait(50)
  release()
  await settled(pair, 0)
  held = []
})

test('an offer that got lost is said again', async () => {
  let offers = 0
  const pair = openPair((kind, arrive) => {
    if (kind === 'offer' && offers++ === 0) return
    setImmediate(arrive)
  })
  pair[1].connection.createDataChannel('x')
  await soon(() => expect(offers).toBe(1))
  pair[1].negotiation.repeat()
  await settled(pair, 0)
  expect(pair[1].said.filter(kind => kind === 'offer')).toHaveLength(2)
})

test('an answer that got lost is given again to the repeated offer', async () => {
  let answers = 0
  const pair = openPair((kind, arrive) => {
    if (kind === 'answer' && answers++ === 0) return
    setImmediate(arrive)
  })
  pair[1].connection.createDataChannel('x')
  await soon(() => expect(answers).toBe(1))
  pair[1].negotiation.repeat()
  await settled(pair, 0)
  expect(answers).toBe(2)
})

test('a restart of both ends at once brings the connection back', async () => {
  const pair = openPair()
  pair[1].connection.createDataChannel('x')
  await settled(pair, 0)
  const before = pair[0].connection.localDescription?.sdp
  for (const { connection } of pair) connection.restartIce()
  await soon(() => expect(pair[0].connection.localDescription?.sdp).not.toBe(before))
  await settled(pair, 0)
})

test('nonsense of the other end is survived', async () => {
  const pair = openPair()
  const [polite] = pair
  for (const kind of ['offer', 'answer', 'candidate'] as const) {
    for (const data of [
      {},
      { sdp: 7 },
      { sdp: 'v=0' },
      { n: 1, sdp: '' },
      { c: [{ candidate: 'x' }, 7] },
    ]) {
      polite.negotiation.hear(kind, data)
    }
  }
  pair[1].connection.createDataChannel('x')
  await settled(pair, 0)
})
