import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { soon } from '../testing/soon.js'
import { openStage, type Stage } from '../testing/stage.js'
import { problem } from '../testing/test-api.js'

let stage: Stage
let cloud: Cloud

beforeEach(async () => {
  stage = await openStage()
  cloud = stage.cloud
})
afterEach(() => stage.close())

const group = { group_id: 'g1', name: 'Iron Ravens' }

test('makes a group once, also when it had to be sent twice', async () => {
  stage.api.answer('POST /groups', { cut: true }, { status: 201, body: { group } })
  expect(unwrap(await cloud.social.groups.create('Iron Ravens', { world: 'east' }))).toMatchObject({
    group,
  })
  const [first, second] = stage.api.seen('POST /groups')
  expect(first?.body).toEqual({ name: 'Iron Ravens', world: 'east' })
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
})

test('searches, joins, promotes and bans by the paths of the API', async () => {
  const { groups } = cloud.social
  stage.api.answer('GET /groups', { body: { items: [group], next_cursor: 'c' } })
  unwrap(await groups.search({ prefix: 'iron', limit: 5 }))
  expect(stage.api.seen('GET /groups')[0]?.query.toString()).toBe('limit=5&prefix=iron')
  stage.api.answer('POST /groups/g1/join', { body: { status: 'requested', group } })
  expect(unwrap(await groups.join('g1', 'I heal.')).status).toBe('requested')
  stage.api.answer('PUT /groups/g1/members/ben', { body: { member: { role: 'officer' } } })
  expect(unwrap(await groups.setRole('g1', 'ben', 'officer')).member.role).toBe('officer')
  stage.api.answer('PUT /groups/g1/bans/cleo', { status: 204 })
  expect(await groups.ban('g1', 'cleo')).toEqual({ success: true })
  stage.api.answer('DELETE /groups/g1/members/ada', problem(403, 'forbidden'))
  expect(await groups.kick('g1', 'ada')).toMatchObject({ error: { code: 'forbidden' } })
  expect(await groups.leave('..')).toMatchObject({ error: { code: 'invalid_request' } })
})

test('tells what happens in groups, and when something may have been missed', async () => {
  const heard: string[] = []
  cloud.social.groups.on('updated', ({ change }) => heard.push(change))
  cloud.social.groups.on('invited', ({ name }) => heard.push(`invited to ${name}`))
  cloud.social.groups.on('gap', () => heard.push('gap'))
  unwrap(await cloud.multiplayer.connect())
  const say = (change: string, player_id: string) =>
    stage.socketAt(0).say({
      type: 'group_updated',
      ...group,
      change,
      player: { player_id, username: player_id },
      role: null,
    })
  say('joined', 'ben')
  say('invited', 'ada')
  stage.socketAt(0).say({ type: 'news_gap' })
  await soon(() => expect(heard).toEqual(['gap', 'joined', 'invited to Iron Ravens', 'gap']))
})
