import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Frame,
  fromPayload,
  fromSignal,
  maxPayloadBytes,
  type Payload,
  packFrame,
  toPayload,
  toSignal,
  unpackFrame,
} from './frame.js'
import { createOrderedStream } from './ordered-stream.js'

function payload(data: unknown): Payload {
  const made = toPayload(data)
  if (made === undefined) throw new Error('no payload')
  return made
}

/** What one end has on its way to the other: it may be lost, doubled and overtaken. */
function openEnds() {
  const delivered: unknown[] = []
  const back = createOrderedStream(() => {})
  const there = createOrderedStream(said => delivered.push(fromPayload(said)))
  return { sender: back, receiver: there, delivered }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('send' as const) }),
  fc.record({ do: fc.constant('take' as const) }),
  fc.record({ do: fc.constant('arrive' as const), index: fc.nat(20), twice: fc.boolean() }),
  fc.record({ do: fc.constant('lose' as const), index: fc.nat(20) }),
  fc.record({ do: fc.constant('confirm' as const) }),
  fc.record({ do: fc.constant('rewind' as const) }),
)

test('messages arrive once each and in order, whatever is lost, doubled or overtaken on the way', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), steps => {
      const { sender, receiver, delivered } = openEnds()
      const way: Frame[] = []
      let sent = 0
      for (const one of steps) {
        if (one.do === 'send') sender.push(payload(sent++))
        else if (one.do === 'take') way.push(...sender.take(40))
        else if (one.do === 'rewind') sender.rewind()
        else if (one.do === 'confirm') for (const ack of receiver.take(100)) sender.hear(ack)
        else {
          const [frame] = way.splice(one.index % Math.max(1, way.length), 1)
          if (frame === undefined || one.do === 'lose') continue
          receiver.hear(frame)
          if (one.twice) receiver.hear(frame)
        }
        expect(delivered).toEqual(Array.from({ length: delivered.length }, (_, index) => index))
      }
      sender.rewind()
      while (sender.unsent()) for (const frame of sender.take(1_000)) receiver.hear(frame)
      for (const ack of receiver.take(1)) sender.hear(ack)
      expect(delivered).toHaveLength(sent)
      expect(sender.unconfirmed()).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('what nobody confirms is bounded, and a confirmation makes room', () => {
  const { sender, receiver } = openEnds()
  let taken = 0
  while (sender.push(payload(taken))) taken++
  expect(taken).toBe(1_000)
  for (const frame of sender.take(50)) receiver.hear(frame)
  for (const ack of receiver.take(50)) sender.hear(ack)
  expect(sender.push(payload('more'))).toBe(true)
  const big = openEnds().sender
  taken = 0
  while (big.push(payload('x'.repeat(11_000)))) taken++
  expect(taken).toBe(90)
})

test('a confirmation of what was never said, or again, changes nothing', () => {
  const { sender } = openEnds()
  sender.push(payload(1))
  sender.take(100)
  sender.hear({ ack: 7 })
  expect([sender.unconfirmed(), sender.progress()]).toEqual([1, 0])
  sender.hear({ ack: 1 })
  sender.hear({ ack: 1 })
  expect([sender.unconfirmed(), sender.progress()]).toEqual([0, 1])
})

test('frames are the same by a data channel and by the relay', () => {
  const body = fc.oneof(fc.jsonValue(), fc.uint8Array({ maxLength: 200 }))
  const number = fc.integer({ min: 0, max: 2 ** 32 - 1 })
  const frames = fc.record(
    { seq: number, ack: number, payload: body.map(payload) },
    { requiredKeys: ['ack'] },
  )
  fc.assert(
    fc.property(frames, frame => {
      const wire: unknown = JSON.parse(JSON.stringify(toSignal(frame)))
      const ways = [unpackFrame(packFrame(frame)), fromSignal(wire)]
      for (const read of ways) {
        expect(read?.ack).toBe(frame.ack)
        expect(read?.seq).toBe(frame.seq)
        expect(read?.payload === undefined).toBe(frame.payload === undefined)
        if (frame.payload === undefined || read?.payload === undefined) continue
        expect(JSON.stringify(fromPayload(read.payload))).toBe(
          JSON.stringify(fromPayload(frame.payload)),
        )
      }
    }),
  )
})

test('what another player makes up is no frame, or an empty one', () => {
  for (const data of [undefined, null, 'x', new ArrayBuffer(0), new ArrayBuffer(8), 7, {}]) {
    expect(unpackFrame(data)).toBeUndefined()
  }
  for (const data of [undefined, null, 'x', [], { a: -1 }, { a: '1' }, { a: 1, n: 1.5 }]) {
    expect(fromSignal(data)).toBeUndefined()
  }
  expect(fromSignal({ a: 1, b: '%%%' })).toBeUndefined()
})

test('the longest message fits the 16 KiB of a signal by either codec', () => {
  const longest = payload(new Uint8Array(maxPayloadBytes))
  const frame = toSignal({ seq: 2 ** 32 - 1, ack: 2 ** 32 - 1, payload: longest })
  const data = { s: 'x'.repeat(12), t: 'x'.repeat(12), f: [frame] }
  const uuid = crypto.randomUUID()
  const message = { type: 'signal', id: Number.MAX_SAFE_INTEGER, to: uuid, kind: 'data', data }
  expect(JSON.stringify(message).length).toBeLessThan(16 * 1024)
})
