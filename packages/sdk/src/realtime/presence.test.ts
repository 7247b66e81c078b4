import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { soon } from '../testing/soon.js'
import { openStage, type Stage } from '../testing/stage.js'
import { signIn } from '../testing/test-cloud.js'

let stage: Stage
let cloud: Cloud
let players: object[]
let told: unknown[]

beforeEach(async () => {
  stage = await openStage()
  cloud = stage.cloud
  players = []
  told = []
  stage.relay.answer('watch_presence', () => ({ type: 'presence_snapshot', players }))
  stage.relay.answer('set_status', () => ({ type: 'status_set' }))
  cloud.social.presence.on('changed', ({ user_id, status, text }) =>
    told.push([user_id, status, text]),
  )
})
afterEach(() => stage.close())

const shown = (player_id: string, status: string, text: string | null = null) => ({
  player_id,
  status,
  text,
  details: null,
  room_id: null,
  last_seen_at: null,
})
const update = (...of: Parameters<typeof shown>) => ({ type: 'presence_update', ...shown(...of) })
const said = (index: number, type: string) =>
  stage
    .socketAt(index)
    .said.filter(message => message.type === type)
    .map(({ type: _type, id: _id, ...rest }) => rest)
const untilTold = (...expected: unknown[]) => soon(() => expect(told).toEqual(expected))

test('connects, answers who is there, and tells every change once', async () => {
  players = [shown('bob', 'busy', 'raiding')]
  const { items } = unwrap(await cloud.social.presence.watchFriends())
  expect(items).toMatchObject([{ user_id: 'bob', status: 'busy', text: 'raiding' }])
  expect(said(0, 'watch_presence')).toEqual([{ friends: true, room: false }])
  stage.socketAt(0).say(update('eve', 'online'))
  stage.socketAt(0).say(update('bob', 'busy', 'raiding'))
  stage.socketAt(0).say(update('bob', 'offline'))
  await untilTold(['bob', 'busy', 'raiding'], ['eve', 'online', null], ['bob', 'offline', null])
  expect(cloud.social.presence.of('eve')).toMatchObject({ status: 'online' })
  expect(cloud.social.presence.of('nobody')).toBeUndefined()
})

test('shows and watches the same again after a lost connection, and tells what has changed', async () => {
  players = [shown('bob', 'online'), shown('eve', 'online')]
  const shows = { text: 'in a raid', details: { mode: 'raid' }, showRoom: true }
  unwrap(await cloud.social.presence.setStatus('busy', shows))
  unwrap(await cloud.social.presence.watchFriends())
  await untilTold(['bob', 'online', null], ['eve', 'online', null])
  players = [shown('eve', 'away')]
  stage.socketAt(0).cut()
  await soon(() => expect(said(1, 'watch_presence')).toHaveLength(1))
  expect(said(1, 'set_status')).toEqual([
    { status: 'busy', text: 'in a raid', details: { mode: 'raid' }, show_room: true },
  ])
  expect(stage.socketAt(1).said.findIndex(({ type }) => type === 'set_status')).toBeLessThan(
    stage.socketAt(1).said.findIndex(({ type }) => type === 'watch_presence'),
  )
  await soon(() => expect(told.slice(2)).toHaveLength(2))
  expect(told.slice(2)).toEqual([
    ['bob', 'offline', null],
    ['eve', 'away', null],
  ])
})

test('a status that is refused after a lost connection does not end what is watched', async () => {
  unwrap(await cloud.social.presence.setStatus('busy', { text: 'in a raid' }))
  unwrap(await cloud.social.presence.watchFriends())
  stage.relay.answer('set_status', () => ({
    type: 'error',
    code: 'parental_consent_required',
    detail: 'no',
  }))
  players = [shown('eve', 'away')]
  stage.socketAt(0).cut()
  await untilTold(['eve', 'away', null])
})

test('a refused status is not tried again', async () => {
  stage.relay.answer('set_status', () => ({
    type: 'error',
    code: 'parental_consent_required',
    detail: 'no',
  }))
  const refused = await cloud.social.presence.setStatus('online', { text: 'hi' })
  expect(refused).toMatchObject({ error: { code: 'parental_consent_required' } })
  stage.socketAt(0).cut()
  await soon(() => expect(stage.relay.sockets).toHaveLength(2))
  unwrap(await cloud.social.presence.watch({ room: true }))
  expect(said(1, 'set_status')).toEqual([])
})

test('of one player is nothing to the next', async () => {
  players = [shown('bob', 'online')]
  unwrap(await cloud.social.presence.watchFriends())
  await signIn(stage.api, cloud, 'eve', { generation: 2 })
  unwrap(await cloud.multiplayer.connect())
  expect(cloud.social.presence.of('bob')).toBeUndefined()
  expect(said(1, 'watch_presence')).toEqual([])
})

test('can be asked for without a connection', async () => {
  const bob = { ...shown('bob', 'online'), user_id: 'bob' }
  stage.api.answer('GET /presence', { body: { items: [bob] } })
  const { items } = unwrap(await cloud.social.presence.get(['bob', 'eve']))
  expect(items).toMatchObject([{ user_id: 'bob', status: 'online' }])
  expect(stage.api.seen('GET /presence')[0]?.query.get('user_ids')).toBe('bob,eve')
  expect(unwrap(await cloud.social.presence.get([]))).toMatchObject({ items: [] })
  expect(stage.relay.sockets).toHaveLength(0)
})
