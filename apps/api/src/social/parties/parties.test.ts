import { openNewsFeed, type PlayerNews } from '@aethex/shared/bus'
import { createLog } from '@aethex/shared/log'
import { getParty } from '@aethex/shared/parties'
import { openRedis, type Redis } from '@aethex/shared/redis'
import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { InvitationAnswer, PartyAnswer } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let players: TestPlayer[]
let ada: Caller
let ben: Caller
let cleo: Caller
let redis: Redis
const closing: (() => unknown)[] = []
const log = createLog('api', 'silent')

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  players = await Promise.all(Array.from({ length: 3 }, () => freshPlayer(environment)))
  const [one, two, three] = players.map(player => callerOf(environment.apiUrl, player.headers))
  if (!one || !two || !three) throw new Error('there are three')
  ada = one
  ben = two
  cleo = three
  redis = openRedis(stack.redis_url, log)
})
afterAll(async () => {
  for (const close of closing) await close()
  redis.disconnect()
})

const idOf = (index: number) => players[index]?.id ?? ''

const fresh = async (wish: Record<string, unknown> = {}, by: Caller = ada) => {
  const answer = await by('POST', '/parties', wish)
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  const { party } = PartyAnswer.parse(answer.body)
  return { ...party, path: `/parties/${party.party_id}` }
}
const invite = async (path: string, player: number, by: Caller = ada, activity: unknown = null) => {
  const answer = await by('POST', `${path}/invitations`, { player_id: idOf(player), activity })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return InvitationAnswer.parse(answer.body).invitation
}
const accept = (id: string, by: Caller) => by('POST', `/parties/invitations/${id}/accept`)
const leave = (path: string, ...who: Caller[]) =>
  Promise.all(who.map(by => by('POST', `${path}/leave`)))
const mirrored = (player: number) => getParty(redis, environment.environmentId, idOf(player))

/** What a player hears from here on. */
async function listenTo(player: number): Promise<PlayerNews[]> {
  const heard: PlayerNews[] = []
  const subscriber = openRedis(stack.redis_url, log, 'news')
  const feed = openNewsFeed(subscriber, log, {
    onNews: news => heard.push(news),
    onGap: () => undefined,
  })
  closing.push(async () => {
    await feed.close()
    subscriber.disconnect()
  })
  await expect.poll(() => subscriber.status).toBe('ready')
  await feed.follow(environment.environmentId, idOf(player))
  return heard
}

describe('a party', () => {
  test('is made by its leader, who is in it, and is seen by nobody else', async () => {
    const { path, party_id } = await fresh({ max_size: 4, data: { mode: 'ranked' } })
    expect((await ada('GET', '/parties/mine')).body).toMatchObject({
      party: {
        party_id,
        leader_id: idOf(0),
        is_open: false,
        max_size: 4,
        data: { mode: 'ranked' },
        members: [{ player_id: idOf(0), ready: false }],
        invitations: [],
      },
    })
    expect((await ben('GET', '/parties/mine')).body).toEqual({ party: null })
    expect(codeOf(await ada('POST', '/parties', {}))).toBe('already_in_party')
    for (const attempt of [
      ben('POST', `${path}/join`),
      ben('POST', `${path}/leave`),
      ben('PATCH', path, { is_open: true }),
      ben('PUT', `${path}/ready`, { ready: true }),
      ben('POST', `${path}/invitations`, { player_id: idOf(2) }),
      ben('DELETE', `${path}/members/${idOf(0)}`),
    ]) {
      expect(codeOf(await attempt)).toBe('not_found')
    }
    await leave(path, ada)
    expect((await ada('GET', '/parties/mine')).body).toEqual({ party: null })
  })

  test('that is open is entered by whoever knows its id, and one that is full by nobody', async () => {
    const { path } = await fresh({ is_open: true, max_size: 2 })
    expect((await ben('POST', `${path}/join`)).status).toBe(200)
    expect(codeOf(await ben('POST', `${path}/join`))).toBe('already_in_party')
    expect(codeOf(await cleo('POST', `${path}/join`))).toBe('party_full')
    expect(codeOf(await ada('PATCH', path, { max_size: 1 }))).toBe('party_full')
    expect(codeOf(await ada('PATCH', path, { max_size: 9 }))).toBe('invalid_request')
    await leave(path, ada, ben)
  })

  test('carries what its leader writes and who is ready, with If-Match only on what was read', async () => {
    const { path, version } = await fresh({ is_open: true })
    await ben('POST', `${path}/join`)
    expect(codeOf(await ben('PATCH', path, { data: { mode: 'mine' } }))).toBe('forbidden')
    const late = await ada('PATCH', path, { data: {} }, { 'if-match': `"${version}"` })
    expect(codeOf(late)).toBe('version_mismatch')
    await ada('PATCH', path, { data: { mode: 'casual' } }, { 'if-match': `"${version + 1}"` })
    expect((await ben('PUT', `${path}/ready`, { ready: true })).body).toMatchObject({
      party: {
        data: { mode: 'casual' },
        members: [
          { player_id: idOf(0), ready: false },
          { player_id: idOf(1), ready: true },
        ],
      },
    })
    const large = await ada('PATCH', path, { data: { text: 'x'.repeat(5_000) } })
    expect(codeOf(large)).toBe('invalid_request')
    await leave(path, ada, ben)
  })

  test('G12: has another leader as soon as its leader leaves, and ends with the last member', async () => {
    const { path } = await fresh({ is_open: true })
    await ben('POST', `${path}/join`)
    await cleo('POST', `${path}/join`)
    await leave(path, ada)
    expect((await cleo('GET', '/parties/mine')).body).toMatchObject({
      party: { leader_id: idOf(1), members: [{ player_id: idOf(1) }, { player_id: idOf(2) }] },
    })
    const promote = (by: Caller, player: number) =>
      by('PUT', `${path}/leader`, { player_id: idOf(player) })
    expect(codeOf(await promote(cleo, 2))).toBe('forbidden')
    expect(codeOf(await promote(ben, 0))).toBe('not_found')
    expect((await promote(ben, 2)).body).toMatchObject({ party: { leader_id: idOf(2) } })
    const kick = (by: Caller, player: number) => by('DELETE', `${path}/members/${idOf(player)}`)
    expect(codeOf(await kick(ben, 2))).toBe('forbidden')
    expect(codeOf(await kick(cleo, 2))).toBe('forbidden')
    expect((await kick(cleo, 1)).status).toBe(204)
    await leave(path, cleo)
    expect(codeOf(await cleo('POST', `${path}/leave`))).toBe('not_found')
  })
})

describe('an invitation', () => {
  test('to a raid is shown to the one invited, and lets in once', async () => {
    const { path, party_id } = await fresh()
    const raid = { kind: 'raid', name: 'The Sunken Keep', starts_at: '2030-01-01T20:00:00Z' }
    const { invitation_id } = await invite(path, 1, ada, raid)
    expect((await ben('GET', '/parties/invitations')).body).toMatchObject({
      items: [
        {
          invitation_id,
          party_id,
          inviter: { player_id: idOf(0) },
          activity: raid,
          size: 1,
        },
      ],
    })
    expect(codeOf(await accept(invitation_id, cleo))).toBe('not_found')
    expect((await accept(invitation_id, ben)).body).toMatchObject({
      party: { members: [{}, { player_id: idOf(1) }], invitations: [] },
    })
    expect(codeOf(await accept(invitation_id, ben))).toBe('not_found')
    await leave(path, ada, ben)
  })

  test('is answered no, or taken back by who sent it', async () => {
    const { path } = await fresh({ is_open: true })
    await ben('POST', `${path}/join`)
    const first = await invite(path, 2, ben)
    expect((await cleo('POST', `/parties/invitations/${first.invitation_id}/decline`)).status).toBe(
      204,
    )
    expect(codeOf(await accept(first.invitation_id, cleo))).toBe('not_found')
    const second = await invite(path, 2)
    const cancel = `${path}/invitations/${second.invitation_id}`
    expect(codeOf(await ben('DELETE', cancel))).toBe('forbidden')
    expect((await ada('DELETE', cancel)).status).toBe(204)
    expect((await cleo('GET', '/parties/invitations')).body).toEqual({ items: [] })
    await leave(path, ada, ben)
  })

  test('ends with its party', async () => {
    const { path } = await fresh()
    const { invitation_id } = await invite(path, 1)
    await leave(path, ada)
    expect(codeOf(await accept(invitation_id, ben))).toBe('not_found')
  })

  test('G11: does not reach who blocks a member, and who is blocked finds no party', async () => {
    const { path } = await fresh({ is_open: true })
    const before = await invite(path, 1)
    expect((await ben('PUT', `/blocks/${idOf(0)}`)).status).toBeLessThan(300)
    const invited = await ada('POST', `${path}/invitations`, { player_id: idOf(1) })
    const nobody = await ada('POST', `${path}/invitations`, { player_id: crypto.randomUUID() })
    expect([invited.status, codeOf(invited)]).toEqual([nobody.status, codeOf(nobody)])
    expect(codeOf(await accept(before.invitation_id, ben))).toBe('not_found')
    expect(codeOf(await ben('POST', `${path}/join`))).toBe('not_found')
    await ben('DELETE', `/blocks/${idOf(0)}`)
    await leave(path, ada)
  })

  test('goes to friends alone where the studio wants that', async () => {
    const studio = callerOf(environment.apiUrl, {
      authorization: `Bearer ${environment.memberToken}`,
    })
    const setting = `/studio/environments/${environment.environmentId}/settings/parties.limits`
    expect((await studio('PUT', setting, { invites: 'friends' })).status).toBeLessThan(300)
    const { path } = await fresh()
    const refused = await ada('POST', `${path}/invitations`, { player_id: idOf(1) })
    expect(codeOf(refused)).toBe('forbidden')
    await studio('PUT', setting, {})
    await leave(path, ada)
  })
})

describe('what is told', () => {
  test('everybody in the party hears of each change, and the relays know who is in it', async () => {
    const [toAda, toBen] = [await listenTo(0), await listenTo(1)]
    const { path, party_id } = await fresh()
    const { invitation_id } = await invite(path, 1)
    await expect.poll(() => toBen.map(news => news.topic)).toEqual(['party.invited'])
    await accept(invitation_id, ben)
    await expect
      .poll(() => toBen.at(-1))
      .toMatchObject({ topic: 'party.updated', payload: { party: { party_id, version: 3 } } })
    const brief = { party_id, leader_id: idOf(0), member_ids: [idOf(0), idOf(1)] }
    expect(await mirrored(0)).toMatchObject(brief)
    expect(await mirrored(1)).toMatchObject(brief)
    await ada('DELETE', `${path}/members/${idOf(1)}`)
    await expect
      .poll(() => toBen.at(-1))
      .toMatchObject({ topic: 'party.left', payload: { party_id, reason: 'kicked' } })
    expect(await mirrored(1)).toBeUndefined()
    expect(await mirrored(0)).toMatchObject({ member_ids: [idOf(0)] })
    await expect
      .poll(() => toAda.at(-1))
      .toMatchObject({ topic: 'party.updated', payload: { party: { version: 4 } } })
    await leave(path, ada)
    expect(await mirrored(0)).toBeUndefined()
  })

  test('the relays learn it again when a party is read, or a socket is to be opened', async () => {
    const { path, party_id } = await fresh()
    const key = `party:${environment.environmentId}:${idOf(0)}`
    await redis.del(key)
    await ada('GET', '/parties/mine')
    expect(await mirrored(0)).toMatchObject({ party_id })
    await redis.del(key)
    expect((await ada('POST', '/realtime/tickets', {})).status).toBe(201)
    expect(await mirrored(0)).toMatchObject({ party_id })
    await leave(path, ada)
  })
})

describe('the studio', () => {
  test('and its servers see a party, and end it', async () => {
    const { path, party_id } = await fresh()
    const server = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
    const base = `/studio/environments/${environment.environmentId}`
    expect((await server('GET', `${base}/parties/${party_id}`)).body).toMatchObject({
      party: { party_id },
    })
    expect((await server('GET', `${base}/players/${idOf(0)}/party`)).body).toMatchObject({
      party: { party_id },
    })
    expect((await server('GET', `${base}/players/${idOf(1)}/party`)).status).toBe(404)
    expect((await server('DELETE', `${base}/parties/${party_id}?reason=stuck`)).status).toBe(204)
    expect((await ada('GET', '/parties/mine')).body).toEqual({ party: null })
    expect(codeOf(await ada('POST', `${path}/leave`))).toBe('not_found')
  })
})
