import { beforeEach, expect, test } from 'vitest'
import type { ClientMessage } from '../generated/messages.js'
import { createUnacknowledged, type Unacknowledged } from './unacknowledged.js'

let said: ClientMessage[]
let isSeated: boolean
let line: Unacknowledged

beforeEach(() => {
  said = []
  isSeated = true
  let lastId = 0
  const socket = { nextId: () => ++lastId, send: (message: ClientMessage) => said.push(message) }
  line = createUnacknowledged(Object.assign(Object.create(null), socket), 1_000, () => isSeated)
})

const ids = () => said.map(({ id }) => id)

test('what is said while the seat is away waits behind what was said before', async () => {
  const first = line.say('first')
  isSeated = false
  // The connection is open again, and the room has not answered yet.
  const second = line.say('second')
  expect(ids()).toEqual([1])
  isSeated = true
  line.resume()
  expect(ids()).toEqual([1, 1, 2])
  line.hear({ type: 'ack', reply_to: 1 })
  line.hear({ type: 'ack', reply_to: 2 })
  expect(await Promise.all([first, second])).toEqual([{}, {}])
})

test('what was taken before the drop is said again under its number, which the relay knows', async () => {
  const taken = line.say('taken')
  line.resume()
  expect(ids()).toEqual([1, 1])
  line.hear({ type: 'ack', reply_to: 1 })
  expect(await taken).toEqual({})
})

test('after a gap what was never on its way is said, and of the rest it is said that nobody knows', async () => {
  const before = line.say('before')
  isSeated = false
  const meanwhile = line.say('meanwhile')
  line.loseSaid()
  await expect(before).rejects.toMatchObject({ code: 'connection_lost' })
  isSeated = true
  line.resume()
  line.hear({ type: 'ack', reply_to: 2 })
  expect(await meanwhile).toEqual({})
})

test('a room that is moving to another node hears there what it refused here', async () => {
  const moved = line.say('moved')
  line.hear({ type: 'error', reply_to: 1, code: 'not_in_room', detail: '' })
  line.loseSaid()
  line.resume()
  expect(ids()).toEqual([1, 1])
  line.hear({ type: 'ack', reply_to: 1 })
  expect(await moved).toEqual({})
})
