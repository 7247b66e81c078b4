import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { decode, encode } from '@msgpack/msgpack'
import { type DataChannel, PeerConnection } from 'node-datachannel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { openStage, type Stage } from '../testing/stage.js'
import { datagramKinds, readDatagram, writeDatagram } from './datagram.js'

let stage: Stage
let node: Relay
const environmentId = '018f0000-0000-7000-8000-000000000001'
const peers: PeerConnection[] = []

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode({ roomTickMs: 30 })
})
afterAll(async () => {
  for (const peer of peers) peer.close()
  await stage.close()
})

const player = () =>
  stage.join(node, { environmentId, protocol: 'aethex.v1.msgpack', isModern: true })

/** A data channel beside a client's socket, and what came by it. */
async function openChannel(client: TestClient) {
  const peer = new PeerConnection('player', { iceServers: [], bindAddress: '127.0.0.1' })
  peers.push(peer)
  const gathered = new Promise<void>(resolve =>
    peer.onGatheringStateChange(state => state === 'complete' && resolve()),
  )
  const channel: DataChannel = peer.createDataChannel('states', {
    unordered: true,
    maxRetransmits: 0,
  })
  const arrived: Buffer[] = []
  channel.onMessage(message => {
    if (Buffer.isBuffer(message)) arrived.push(message)
  })
  const opened = new Promise<void>(resolve => channel.onOpen(resolve))
  await gathered
  const { sdp } = peer.localDescription() ?? { sdp: '' }
  const answer = await client.ask({ type: 'open_datagrams', sdp }, 'datagrams_opened')
  peer.setRemoteDescription(answer.sdp, 'answer')
  await opened
  return { channel, arrived, peer }
}

async function room() {
  const [ann, bob] = [await player(), await player()]
  const join = { type: 'join_room' as const, room_id: `d-${Math.random().toString(36).slice(2)}` }
  const annView = await ann.ask(join, 'room_joined')
  const view = await bob.ask(join, 'room_joined')
  const annRef = view.members.find(({ player_id }) => player_id === ann.playerId)?.ref ?? -1
  return { ann, bob, annView, view, annRef }
}

const show = (state: object) => ({ type: 'player_state_update', state })
const ack = (mark: number, number: number) =>
  writeDatagram({ kind: datagramKinds.ack, mark, number }, [])

test('states go by the channel once it is acknowledged, always since what has arrived', async () => {
  const { ann, bob, view, annRef } = await room()
  const { channel, arrived } = await openChannel(bob)
  const mark = view.mark ?? 0
  channel.sendMessageBinary(ack(mark, view.tick ?? 0))
  await wait(100)
  ann.say(show({ x: 1, name: 'ann' }))
  await expect.poll(() => arrived.length).toBeGreaterThan(0)
  // As if that one was lost: the next has all of it again.
  ann.say(show({ x: 2 }))
  const newest = () => readDatagram(arrived.at(-1) ?? Buffer.alloc(0))
  await expect
    .poll(() => decode(newest()?.body ?? Buffer.alloc(0)))
    .toEqual([expect.any(Number), annRef, { x: 2, name: 'ann' }])
  const second = newest()
  expect(second).toMatchObject({ kind: datagramKinds.states, mark })
  channel.sendMessageBinary(ack(mark, second?.number ?? 0))
  await wait(100)
  ann.say(show({ x: 3 }))
  await expect
    .poll(() => decode(readDatagram(arrived.at(-1) ?? Buffer.alloc(0))?.body ?? Buffer.alloc(0)))
    .toMatchObject([expect.any(Number), annRef, { x: 3 }])
  expect(bob.ticks).toEqual([])
})

test('the last states are sent again until they are acknowledged, though nothing changes any more', async () => {
  const { ann, bob, view, annRef } = await room()
  const { channel, arrived } = await openChannel(bob)
  const mark = view.mark ?? 0
  channel.sendMessageBinary(ack(mark, view.tick ?? 0))
  await wait(100)
  ann.say(show({ x: 1 }))
  await expect.poll(() => arrived.length, { timeout: 3_000 }).toBeGreaterThan(2)
  const last = readDatagram(arrived.at(-1) ?? Buffer.alloc(0))
  expect(decode(last?.body ?? Buffer.alloc(0))).toEqual([last?.number, annRef, { x: 1 }])
  channel.sendMessageBinary(ack(mark, last?.number ?? 0))
  await wait(400)
  const count = arrived.length
  await wait(600)
  expect(arrived).toHaveLength(count)
  expect(bob.ticks).toEqual([])
})

test('whoever never acknowledges gets the last states by the socket', async () => {
  const { ann, bob, view, annRef } = await room()
  const { channel } = await openChannel(bob)
  channel.sendMessageBinary(ack(view.mark ?? 0, view.tick ?? 0))
  await wait(100)
  ann.say(show({ x: 1 }))
  await expect.poll(() => bob.seen().get(annRef), { timeout: 5_000 }).toEqual({ x: 1 })
})

test('a player who comes back counts states anew', async () => {
  const { ann, bob, annView, annRef } = await room()
  const { channel } = await openChannel(ann)
  const body = (x: number) => Buffer.from(encode(show({ x })))
  const head = { kind: datagramKinds.state, mark: annView.mark ?? 0 }
  channel.sendMessageBinary(writeDatagram({ ...head, number: 900 }, [body(1)]))
  await expect.poll(() => bob.seen().get(annRef)).toEqual({ x: 1 })
  ann.ws.terminate()
  await bob.next('player_away')
  const again = await stage.join(node, {
    holder: ann.holder,
    protocol: 'aethex.v1.msgpack',
    isModern: true,
  })
  const { resume_token = '', seq = 0, own_seq = 0 } = annView
  const back = { room_id: annView.room_id, resume_token, seq, own_seq }
  const view = await again.ask({ type: 'resume', ...back }, 'resumed')
  const { channel: next } = await openChannel(again)
  next.sendMessageBinary(
    writeDatagram({ kind: datagramKinds.state, mark: view.mark ?? 0, number: 1 }, [body(2)]),
  )
  await expect.poll(() => bob.seen().get(annRef)).toEqual({ x: 2 })
})

test('states come by the socket again when the channel falls silent', {
  timeout: 15_000,
}, async () => {
  const { ann, bob, view, annRef } = await room()
  const { channel, peer } = await openChannel(bob)
  channel.sendMessageBinary(ack(view.mark ?? 0, view.tick ?? 0))
  await wait(100)
  peer.close()
  let x = 0
  await expect
    .poll(
      () => {
        x += 1
        ann.say(show({ x }))
        return bob.seen().get(annRef)?.x
      },
      { timeout: 8_000, interval: 100 },
    )
    .toBeGreaterThan(0)
})

test('a state may come by the channel, the newest wins, and what is late or of another seat does nothing', async () => {
  const { ann, bob, annView, annRef } = await room()
  const { channel } = await openChannel(ann)
  const say = (number: number, state: object, mark = annView.mark ?? 0) =>
    channel.sendMessageBinary(
      writeDatagram({ kind: datagramKinds.state, mark, number }, [
        Buffer.from(encode(show(state))),
      ]),
    )
  say(2, { x: 2 })
  await expect.poll(() => bob.seen().get(annRef)).toEqual({ x: 2 })
  say(1, { x: 1 })
  say(9, { x: 9 }, 12345)
  channel.sendMessageBinary(Buffer.from([3, 1]))
  channel.sendMessageBinary(Buffer.alloc(4_000, 0xff))
  say(3, { y: 3 })
  await expect.poll(() => bob.seen().get(annRef)).toEqual({ x: 2, y: 3 })
})

test('every eighth state at the latest is confirmed, so that a client knows that they arrive', async () => {
  const { ann, annView } = await room()
  const { channel, arrived } = await openChannel(ann)
  const mark = annView.mark ?? 0
  const body = [Buffer.from(encode(show({ x: 1 })))]
  const confirmed = () =>
    arrived
      .map(readDatagram)
      .flatMap(one => (one?.kind === datagramKinds.ack && one.mark === mark ? [one.number] : []))
  for (let number = 1; number <= 20; number++) {
    channel.sendMessageBinary(writeDatagram({ kind: datagramKinds.state, mark, number }, body))
  }
  await expect.poll(() => confirmed().at(-1)).toBeGreaterThan(12)
  expect(confirmed().length).toBeLessThanOrEqual(2)
})

test('an offer that is none is refused, and the node lives on', async () => {
  const ann = await player()
  ann.say({ type: 'open_datagrams', id: 7, sdp: 'v=0\r\nnonsense' })
  expect(await ann.next('error')).toMatchObject({ reply_to: 7, code: 'datagrams_refused' })
  await ann.ask({ type: 'ping' }, 'pong')
})

test('H15: a socket opens a few channels, and no more', async () => {
  const ann = await player()
  for (let id = 1; id <= 6; id++) ann.say({ type: 'open_datagrams', id, sdp: 'v=0\r\nnonsense' })
  for (let id = 1; id <= 5; id++) {
    expect(await ann.next('error')).toMatchObject({ reply_to: id, code: 'datagrams_refused' })
  }
  expect(await ann.next('error')).toMatchObject({ reply_to: 6, code: 'rate_limited' })
})

test('a node without data channels says so', async () => {
  const off = await stage.startNode({}, { DATA_CHANNELS: 'off' })
  const ann = await stage.join(off, { environmentId, isModern: true })
  ann.say({ type: 'open_datagrams', id: 1, sdp: 'v=0' })
  expect(await ann.next('error')).toMatchObject({ reply_to: 1, code: 'datagrams_off' })
  ann.ws.close()
  await once(ann.ws, 'close')
})
