import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { clientMessages } from '../protocol/messages.js'
import { dial, dialRefused, type TestClient } from '../testing/client.js'
import { spoiltMessage } from '../testing/spoilt-message.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode()
})
afterAll(() => stage.close())
// Whatever a socket did to itself, the next honest player is served.
afterEach(async () => {
  const honest = await stage.join(node)
  await honest.ask({ type: 'join_room', room_id: 'honest' }, 'room_joined')
  honest.ws.close()
  expect((await fetch(`${node.url}/livez`)).status).toBe(200)
})

/** Sends one text frame and answers with the error it brought, or the code that closed the socket. */
async function answerTo(frame: string | Uint8Array, protocol = 'aethex.v1.json' as const) {
  const client = await stage.join(node, { protocol })
  client.ws.send(frame)
  const answer = await Promise.race([client.next('error'), client.closed])
  client.ws.terminate()
  return answer.code
}

const scrap = fc.jsonValue({ maxDepth: 3 })
const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`

test.each([
  ['an empty object', '{}', 'invalid_request'],
  ['null', 'null', 'invalid_request'],
  ['an array', '[]', 'invalid_request'],
  ['a number', '1', 'invalid_request'],
  ['an unknown type', '{"type":"shout"}', 'unknown_message'],
  ['a missing field', '{"type":"join_room"}', 'invalid_request'],
  ['a wrong type', '{"type":"join_room","room_id":{"a":1}}', 'invalid_request'],
  ['an infinite number', '{"type":"ping","id":1e999}', 'unsafe_number'],
  ['an unsafe number', '{"type":"ping","id":9007199254740993}', 'unsafe_number'],
  ['a duplicate key', '{"type":"ping","type":"ping"}', 'duplicate_key'],
  ['__proto__', '{"type":"player_state_update","state":{"__proto__":{}}}', 'forbidden_key'],
  ['half a pair', '{"type":"send_message","channel":"room","data":"\\ud800"}', 'invalid_text'],
  ['NUL', '{"type":"send_message","channel":"room","data":"\\u0000"}', 'invalid_text'],
  ['10,000 levels', `{"type":"ping","id":${deep}}`, 'json_too_deep'],
  ['half an object', '{"type":"ping"', 1007],
  ['nothing', '', 1007],
  ['a byte order mark', '\ufeff{"type":"ping"}', 1007],
])('H9: answers %s with an error or a close', async (_title, frame, expected) => {
  expect(await answerTo(frame)).toBe(expected)
})

test('H10: refuses to be told who speaks, in which order and when', async () => {
  const [ann, bob] = [await stage.join(node), await stage.join(node)]
  await ann.ask({ type: 'join_room', room_id: 'spoof' }, 'room_joined')
  for (const forged of ['from', 'player_id', 'username', 'seq', 'ts']) {
    ann.say({ type: 'send_message', channel: 'room', data: 1, [forged]: bob.playerId, id: 3 })
    expect(await ann.next('error')).toMatchObject({ reply_to: 3, code: 'invalid_request' })
    ann.say({ type: 'player_state_update', state: {}, [forged]: 1, id: 4 })
    expect(await ann.next('error')).toMatchObject({ reply_to: 4, code: 'invalid_request' })
  }
})

test('H4: closes on frames of the wrong kind', async () => {
  expect(await answerTo(encode({ type: 'ping' }))).toBe(1002)
  const client = await stage.join(node, { protocol: 'aethex.v1.msgpack' })
  client.ws.send('{"type":"ping"}')
  expect((await client.closed).code).toBe(1002)
  const garbled = await stage.join(node, { protocol: 'aethex.v1.msgpack' })
  garbled.ws.send(Buffer.from([0xc1]))
  expect((await garbled.closed).code).toBe(1007)
})

test('H5: closes on messages above 64 KiB', async () => {
  const client = await stage.join(node)
  client.ws.send('x'.repeat(64 * 1024 + 1))
  expect((await client.closed).code).toBe(1009)
})

const silent = new Set(['player_state_update', 'presence_set', 'signal'])

test.each(Object.entries(clientMessages))(
  'H9: answers every %s, as it should be and with each part of it spoilt',
  { timeout: 60_000 },
  async (type, shape) => {
    await fc.assert(
      fc.asyncProperty(fc.array(spoiltMessage(shape), { maxLength: 20 }), async messages => {
        const client = await stage.join(node, { isModern: true })
        if (!silent.has(type))
          await client.ask({ type: 'join_room', room_id: 'spoilt' }, 'room_joined')
        for (const message of messages) client.say(message)
        // A seat that is somebody else's is answered with a close.
        const heard = await Promise.race([client.rest(), client.closed.then(() => [])])
        const errors = heard.flatMap(each => (each.type === 'error' ? [each.code] : []))
        expect(errors).not.toContain('internal')
        client.ws.terminate()
      }),
      { numRuns: 8 },
    )
  },
)

test('H9: answers what is no message at all', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(scrap, { maxLength: 20 }), async values => {
      const client = await stage.join(node)
      for (const value of values) client.say(value)
      await client.rest()
      client.ws.terminate()
    }),
    { numRuns: 20 },
  )
})

test('H6: does not agree to compression, whose bombs would be unpacked here', async () => {
  const client = await stage.join(node)
  expect(client.ws.extensions).toBe('')
})

test('H8: of an account the oldest socket gives way to the fifth', async () => {
  const sockets = [await stage.join(node)]
  const [{ holder }] = sockets as [TestClient]
  for (let count = 1; count < 5; count++) sockets.push(await stage.join(node, { holder }))
  expect((await sockets[0]?.closed)?.code).toBe(4009)
  expect(sockets.slice(1).map(({ ws }) => ws.readyState)).toEqual([1, 1, 1, 1])
})

test('H8: of an address no more sockets come in than it may have, and then as many as go', async () => {
  const small = await stage.startNode({ socketsPerAddress: 5 })
  const dials = await Promise.allSettled(Array.from({ length: 12 }, () => stage.join(small)))
  const inside = dials.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
  expect(inside).toHaveLength(5)
  const ticket = await stage.ticketFor(newPlayer())
  const url = `${small.publicUrl}?ticket=${ticket}`
  expect(await dialRefused(url)).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
  inside[0]?.ws.close()
  await inside[0]?.closed
  // The ticket was not spent on the refusal.
  const late = await dial(url, 'aethex.v1.json', newPlayer())
  late.ws.terminate()
})

test('H8: a socket that joins and leaves without end is told to stop', async () => {
  const client = await stage.join(node)
  for (let turn = 0; turn < 60; turn++) {
    client.say({ type: 'join_room', room_id: `churn-${turn}`, id: turn })
  }
  const heard = await client.rest()
  const joined = heard.filter(({ type }) => type === 'room_joined')
  expect(joined.length).toBeGreaterThanOrEqual(30)
  expect(joined.length).toBeLessThan(45)
  expect(heard.at(-1)).toMatchObject({ type: 'error', code: 'rate_limited', reply_to: 59 })
})

test('H8: warns a flood first and closes it then', async () => {
  const client = await stage.join(node)
  for (let count = 0; count < 400; count++) client.say({ type: 'ping' })
  expect(await client.next('error')).toMatchObject({ code: 'rate_limited' })
  expect((await client.closed).code).toBe(1008)
})

test('H4, H8: cuts a socket that floods it with pings', async () => {
  const client = await stage.join(node)
  for (let count = 0; count < 400; count++) client.ws.ping('x'.repeat(125))
  // ws hangs up by itself on a burst in one piece; a slower flood runs out of its allowance.
  expect([1006, 1008]).toContain((await client.closed).code)
})
