import { randomUUID } from 'node:crypto'
import { publish } from '@aethex/shared/bus'
import type { TicketHolder } from '@aethex/shared/tickets'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode()
})
afterAll(() => stage.close())

const revoke = ({ environment_id, player_id, session_id }: TicketHolder) =>
  publish(stage.redis, {
    topic: 'session.revoked',
    payload: { environment_id, player_id, session_id },
  })

test('closes the sockets of a revoked session and no others', async () => {
  const holder = newPlayer()
  const ended = [await stage.join(node, { holder }), await stage.join(node, { holder })]
  const otherSession = { ...holder, session_id: randomUUID() }
  const stays = await stage.join(node, { holder: otherSession })
  await revoke(holder)
  for (const client of ended) expect(await client.closed).toMatchObject({ code: 1008 })
  expect(await stays.rest()).toEqual([])
})

test('closes a socket whose session was revoked between ticket and dial', async () => {
  const holder = newPlayer()
  await revoke(holder)
  const client = await stage.join(node, { holder })
  expect(await client.closed).toMatchObject({ code: 1008 })
})

test('finds out after a gap what was revoked meanwhile', async () => {
  const client = await stage.join(node)
  await stage.redis.client('KILL', 'TYPE', 'pubsub')
  // As the mark alone would: the message found no listener.
  await stage.redis.set(`revoked:${client.holder.session_id}`, '1', 'EX', 60)
  expect(await client.closed).toMatchObject({ code: 1008 })
})
