import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { soon } from '../testing/soon.js'
import { openStage, type Stage } from '../testing/stage.js'
import { problem } from '../testing/test-api.js'
import type { Party } from './parties.js'

let stage: Stage
let cloud: Cloud

beforeEach(async () => {
  stage = await openStage()
  cloud = stage.cloud
})
afterEach(() => stage.close())

const partyOf = (version: number, more: Partial<Party> = {}): Party => ({
  party_id: 'p1',
  leader_id: 'ada',
  is_open: false,
  max_size: 8,
  data: {},
  version,
  created_at: '2030-01-01T00:00:00.000Z',
  members: [],
  invitations: [],
  ...more,
})
const invitation = {
  invitation_id: 'i1',
  party_id: 'p2',
  inviter: { player_id: 'ben', username: 'Ben' },
  activity: { kind: 'raid', name: 'The Sunken Keep', starts_at: null },
  size: 1,
  max_size: 8,
  created_at: '2030-01-01T00:00:00.000Z',
  expires_at: '2030-01-01T00:05:00.000Z',
}
const mine = (party: Party | null) => ({ body: { party } })
const nothingMissed = () => {
  stage.api.answer('GET /parties/invitations', { body: { items: [] } })
}

function listen() {
  const versions: number[] = []
  const left: string[] = []
  const invited: string[] = []
  cloud.social.parties.on('updated', ({ version }) => versions.push(version))
  cloud.social.parties.on('left', ({ reason }) => left.push(reason))
  cloud.social.parties.on('invited', ({ invitation_id }) => invited.push(invitation_id))
  return { versions, left, invited }
}

test('keeps the newest party, whatever order answers and news come in', async () => {
  const { parties } = cloud.social
  const heard = listen()
  stage.api.answer('GET /parties/mine', mine(null))
  nothingMissed()
  unwrap(await cloud.multiplayer.connect())
  stage.api.answer('POST /parties', { status: 201, body: { party: partyOf(1) } })
  unwrap(await parties.create({ isOpen: true, data: { mode: 'ranked' } }))
  expect(stage.api.seen('POST /parties')[0]).toMatchObject({
    body: { is_open: true, data: { mode: 'ranked' } },
    headers: { 'idempotency-key': expect.any(String) },
  })
  for (const version of [3, 2, 3, 4]) {
    stage.socketAt(0).say({ type: 'party_updated', party: partyOf(version) })
  }
  await soon(() => expect(heard.versions).toEqual([1, 3, 4]))
  expect(parties.current()?.version).toBe(4)
  stage.socketAt(0).say({ type: 'party_left', party_id: 'p1', reason: 'kicked' })
  stage.socketAt(0).say({ type: 'party_updated', party: partyOf(4) })
  stage.socketAt(0).say({ type: 'party_left', party_id: 'p1', reason: 'kicked' })
  await soon(() => expect(heard.left).toEqual(['kicked']))
  expect(parties.current()).toBeNull()
})

test('reads again at a new connection, and tells what was missed once', async () => {
  const heard = listen()
  stage.api.answer('GET /parties/mine', mine(partyOf(5)))
  stage.api.answer('GET /parties/invitations', { body: { items: [invitation] } })
  unwrap(await cloud.multiplayer.connect())
  await soon(() => expect(heard).toMatchObject({ versions: [5], invited: ['i1'] }))
  stage.api.answer('GET /parties/mine', mine(null))
  stage.api.answer('GET /parties/invitations', { body: { items: [invitation] } })
  stage.socketAt(0).cut()
  await soon(() => expect(heard.left).toEqual(['ended']))
  stage.socketAt(1).say({ type: 'party_invited', invitation })
  stage.socketAt(1).say({
    type: 'party_invited',
    invitation: { ...invitation, invitation_id: 'i2' },
  })
  await soon(() => expect(heard.invited).toEqual(['i1', 'i2']))
})

test('asks nothing about parties when the game has none', async () => {
  unwrap(await cloud.multiplayer.connect())
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(stage.api.seen('GET /parties/mine')).toEqual([])
})

test('invites into a party that it makes for that, and acts on the party that is known', async () => {
  const { parties } = cloud.social
  stage.api.answer('GET /parties/mine', mine(null))
  stage.api.answer('POST /parties', { status: 201, body: { party: partyOf(1) } })
  stage.api.answer('POST /parties/p1/invitations', { status: 201, body: { invitation } })
  const raid = { kind: 'raid', name: 'The Sunken Keep' }
  expect(unwrap(await parties.invite('ben', raid)).invitation).toEqual(invitation)
  expect(stage.api.seen('POST /parties/p1/invitations')[0]?.body).toEqual({
    player_id: 'ben',
    activity: raid,
  })
  stage.api.answer('PATCH /parties/p1', { body: { party: partyOf(2) } })
  unwrap(await parties.update({ data: { mode: 'casual' } }, { ifVersion: 1 }))
  expect(stage.api.seen('PATCH /parties/p1')[0]?.headers['if-match']).toBe('"1"')
  stage.api.answer('PUT /parties/p1/ready', { body: { party: partyOf(3) } })
  expect(unwrap(await parties.setReady(true)).party.version).toBe(3)
  stage.api.answer('POST /parties/p1/leave', problem(404, 'not_found'))
  expect(await parties.leave()).toEqual({ success: true })
  expect(parties.current()).toBeNull()
})

test('a call that needs a party fails for who is in none', async () => {
  stage.api.answer('GET /parties/mine', mine(null))
  expect(await cloud.social.parties.setReady(true)).toMatchObject({
    success: false,
    error: { code: 'not_found' },
  })
  stage.api.answer('GET /parties/mine', mine(null))
  expect(await cloud.social.parties.leave()).toEqual({ success: true })
})
