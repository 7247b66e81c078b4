import { afterEach, beforeEach, expect, test } from 'vitest'
import { unwrap } from '../core/result.js'
import { soon } from '../testing/soon.js'
import { openStage, type Stage } from '../testing/stage.js'
import { problem } from '../testing/test-api.js'

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

const friends = () => stage.cloud.social.friends
const empty = { body: { items: [], next_cursor: null } }

test('asks by id or name, once however often it is sent', async () => {
  const answer = { status: 201, body: { status: 'requested', user_id: 'bob' } }
  stage.api.answer('POST /friends/requests', { cut: true }, answer)
  expect(unwrap(await friends().request({ username: 'Bob' }))).toMatchObject(answer.body)
  const [first, second] = stage.api.seen('POST /friends/requests')
  expect(first?.body).toEqual({ username: 'Bob' })
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
  expect(first?.headers['idempotency-key']).toBeDefined()
})

test('answers, takes back, ends and blocks, also when an answer was lost', async () => {
  const done = { status: 204 }
  const routes: [string, () => Promise<object>][] = [
    ['POST /friends/requests/bob/decline', () => friends().decline('bob')],
    ['DELETE /friends/requests/bob', () => friends().cancel('bob')],
    ['DELETE /friends/bob', () => friends().remove('bob')],
    ['PUT /blocks/bob', () => friends().block('bob')],
    ['DELETE /blocks/bob', () => friends().unblock('bob')],
  ]
  for (const [route, call] of routes) {
    stage.api.answer(route, { cut: true }, done)
    expect(await call()).toEqual({ success: true })
    expect(stage.api.seen(route)).toHaveLength(2)
  }
  const friend = { user_id: 'bob', username: 'Bob' }
  stage.api.answer('POST /friends/requests/bob/accept', { body: { friend } })
  expect(unwrap(await friends().accept('bob')).friend).toEqual(friend)
  stage.api.answer('POST /friends/requests/eve/accept', problem(404, 'not_found'))
  expect(await friends().accept('eve')).toMatchObject({ error: { code: 'not_found' } })
})

test('lists by pages', async () => {
  for (const route of ['GET /friends', 'GET /friends/requests', 'GET /blocks']) {
    stage.api.answer(route, empty)
  }
  unwrap(await friends().list({ limit: 50, cursor: 'next' }))
  unwrap(await friends().requests({ direction: 'outgoing' }))
  unwrap(await friends().requests())
  expect(unwrap(await friends().blocks()).items).toEqual([])
  expect(String(stage.api.seen('GET /friends')[0]?.query)).toBe('limit=50&cursor=next')
  const [outgoing, incoming] = stage.api.seen('GET /friends/requests')
  expect([String(outgoing?.query), String(incoming?.query)]).toEqual(['direction=outgoing', ''])
})

test('tells what happens while there is a connection, and where something may be missing', async () => {
  const told: unknown[] = []
  friends().on('requested', from => told.push(['requested', from]))
  friends().on('added', friend => told.push(['added', friend]))
  friends().on('removed', friend => told.push(['removed', friend]))
  friends().on('gap', () => told.push('gap'))
  unwrap(await stage.cloud.multiplayer.connect())
  const friend = { player_id: 'bob', username: 'Bob' }
  for (const type of ['friend_requested', 'friend_added', 'friend_removed']) {
    stage.socketAt(0).say({ type, friend })
  }
  stage.socketAt(0).say({ type: 'news_gap' })
  const bob = { user_id: 'bob', username: 'Bob' }
  await soon(() =>
    expect(told).toEqual(['gap', ['requested', bob], ['added', bob], ['removed', bob], 'gap']),
  )
})
