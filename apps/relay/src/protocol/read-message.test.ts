import { Problem } from '@aethex/shared/errors'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ClientMessage, clientMessages, ServerMessage, serverMessages } from './messages.js'
import { isStateUpdate, readMessage } from './read-message.js'

const codeOf = (value: unknown) => {
  try {
    readMessage(value)
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
  return 'accepted'
}

const scrap = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('player_state_update', 'state', 1.5, 2 ** 53, null, [], {}),
)

test('checks state updates by hand exactly as their schema does', () => {
  const message = fc.record(
    { type: fc.constant('player_state_update'), state: scrap, id: scrap, from: scrap },
    { requiredKeys: ['type'] },
  )
  fc.assert(
    fc.property(message, value => {
      const bySchema = clientMessages.player_state_update.safeParse(value).success
      expect(isStateUpdate(value)).toBe(bySchema)
    }),
    { numRuns: 2_000 },
  )
})

test('answers any value with a message or a refusal', () => {
  const type = fc.oneof(fc.constantFrom(...Object.keys(clientMessages)), scrap)
  const message = fc.oneof(scrap, fc.record({ type, room_id: scrap, players: scrap, id: scrap }))
  fc.assert(fc.property(message, value => void codeOf(value)))
})

test.each([
  [{ type: 'ping' }, 'accepted'],
  [{ type: 'ping', id: 1 }, 'accepted'],
  [{ type: 'ping', id: '1' }, 'invalid_request'],
  [{ type: 'shout' }, 'unknown_message'],
  [{ type: 'toString' }, 'unknown_message'],
  [{ type: 7 }, 'invalid_request'],
  [{}, 'invalid_request'],
  [null, 'invalid_request'],
  [[], 'invalid_request'],
  ['join_room', 'invalid_request'],
  [{ type: 'join_room' }, 'invalid_request'],
  [{ type: 'join_room', room_id: 'a/b' }, 'invalid_request'],
  [{ type: 'join_room', room_id: '*' }, 'invalid_request'],
  [{ type: 'join_room', room_id: 'x'.repeat(65) }, 'invalid_request'],
  [{ type: 'send_message', channel: 'room' }, 'invalid_request'],
  [{ type: 'send_message', channel: 'chat.>', data: 1 }, 'invalid_request'],
  [{ type: 'send_message', channel: 'room', data: null }, 'accepted'],
  [{ type: 'send_message', channel: 'room', data: 1, from: 'me' }, 'invalid_request'],
  [{ type: 'player_state_update', state: {}, seq: 9 }, 'invalid_request'],
  [{ type: 'player_state_update', state: [] }, 'invalid_request'],
  [{ type: 'join_queue', mode: 'a', region: 'eu', skill_range: [1, 2] }, 'accepted'],
  [{ type: 'join_queue', mode: 'a', region: 'eu', skill_range: [2, 1] }, 'invalid_request'],
  [{ type: 'join_queue', mode: 'a', region: 'eu', skill_range: [1] }, 'invalid_request'],
  [{ type: 'join_queue', mode: 'a', region: 'eu', skill_range: [1, 1e300] }, 'invalid_request'],
  [
    { type: 'join_queue', mode: 'a', region: 'eu', skill_range: [1, 2], players: 1 },
    'invalid_request',
  ],
  [{ type: 'join_queue', mode: 'a:b', region: 'eu', skill_range: [1, 2] }, 'invalid_request'],
])('%j is %s', (value, expected) => {
  expect(codeOf(value)).toBe(expected)
})

test('describes every message as JSON Schema, for the document and the SDK', () => {
  for (const [union, messages] of [
    [ClientMessage, clientMessages],
    [ServerMessage, serverMessages],
  ] as const) {
    const document = z.toJSONSchema(union, { io: 'input' })
    expect(document.oneOf ?? document.anyOf).toHaveLength(Object.keys(messages).length)
  }
})
