import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { type Caller, callerOf } from '../../testing/caller.js'
import { GroupAnswer, GroupList, GroupMembers, GroupView } from './schema.js'

let environment: TestEnvironment
let players: TestPlayer[]
let ada: Caller
let ben: Caller
let cleo: Caller
let dora: Caller

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
  players = await Promise.all(Array.from({ length: 4 }, () => freshPlayer(environment)))
  const callers = players.map(player => callerOf(environment.apiUrl, player.headers))
  const [one, two, three, four] = callers
  if (!one || !two || !three || !four) throw new Error('there are four')
  ada = one
  ben = two
  cleo = three
  dora = four
})

const idOf = (index: number) => players[index]?.id ?? ''
let made = 0
const fresh = async (wish: Record<string, unknown> = {}, by: Caller = ada) => {
  const name = `Ravens ${String.fromCharCode(65 + made++)}x${crypto.randomUUID().slice(0, 6)}`
  const answer = await by('POST', '/groups', { name, admission: 'open', ...wish })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  const { group } = GroupAnswer.parse(answer.body)
  return { ...group, path: `/groups/${group.group_id}` }
}
/** Ended again, so that no player belongs to too many. */
const ended = async (path: string, by: Caller = ada) =>
  expect((await by('DELETE', path)).status).toBe(204)
const rolesIn = async (path: string) =>
  Object.fromEntries(
    GroupMembers.parse((await ada('GET', `${path}/members`)).body).items.map(one => [
      one.player_id,
      one.role,
    ]),
  )
const viewOf = async (path: string, by: Caller) => GroupView.parse((await by('GET', path)).body)

describe('making a group', () => {
  test('answers 201 with the group, which its maker leads', async () => {
    const group = await fresh({ description: 'By night.', world: 'east', max_members: 5 })
    expect(group).toMatchObject({
      description: 'By night.',
      world: 'east',
      admission: 'open',
      leader_id: idOf(0),
      max_members: 5,
      member_count: 1,
    })
    expect(await viewOf(group.path, ada)).toMatchObject({ role: 'leader', pending: null })
    expect(await viewOf(group.path, ben)).toMatchObject({ role: null })
    const mine = await ada('GET', '/groups/mine')
    expect(JSON.stringify(mine.body)).toContain(group.group_id)
    await ended(group.path)
  })

  test('twice with one key makes one group', async () => {
    const wish = { name: `Twice ${crypto.randomUUID().slice(0, 8)}` }
    const headers = { 'idempotency-key': crypto.randomUUID() }
    const first = await ada('POST', '/groups', wish, headers)
    const second = await ada('POST', '/groups', wish, headers)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body).toEqual(first.body)
    await ended(`/groups/${GroupAnswer.parse(first.body).group.group_id}`)
  })

  test('A13: a name that looks like that of another group is taken, in whatever letters', async () => {
    const group = await fresh({ name: 'Pale Riders' })
    for (const name of ['pale riders', 'PALE  RIDERS', 'Раlе Riders', 'Pa1e Riders']) {
      const answer = await ben('POST', '/groups', { name })
      expect(['name_taken', 'invalid_request'], name).toContain(codeOf(answer))
    }
    await ended(group.path)
  })

  test.each(['admin', 'ab', 'with.dot', 'tricky\u202e name', '*', 'a/b/c'])(
    'A13: the name %j is refused',
    async name => expect(codeOf(await ada('POST', '/groups', { name }))).toBe('invalid_request'),
  )

  test('with more places than the studio allows is refused', async () => {
    const refused = await ada('POST', '/groups', { name: 'Very large', max_members: 101 })
    expect(codeOf(refused)).toBe('invalid_request')
  })
})

describe('coming in', () => {
  test('an open group is entered at once, and only once', async () => {
    const { path } = await fresh()
    expect((await ben('POST', `${path}/join`, {})).body).toMatchObject({
      status: 'joined',
      group: { member_count: 2 },
    })
    expect(codeOf(await ben('POST', `${path}/join`, {}))).toBe('already_in_group')
    expect(await rolesIn(path)).toEqual({ [idOf(0)]: 'leader', [idOf(1)]: 'member' })
    await ended(path)
  })

  test('where one has to ask, an officer decides', async () => {
    const { path } = await fresh({ admission: 'request' })
    expect((await ben('POST', `${path}/join`, { message: 'I heal.' })).body).toMatchObject({
      status: 'requested',
    })
    expect(await viewOf(path, ben)).toMatchObject({ role: null, pending: 'request' })
    expect(codeOf(await cleo('GET', `${path}/requests`))).toBe('forbidden')
    expect((await ada('GET', `${path}/requests`)).body).toMatchObject({
      items: [{ kind: 'request', player: { player_id: idOf(1) }, message: 'I heal.' }],
    })
    const accept = `${path}/requests/${idOf(1)}/accept`
    expect(codeOf(await ben('POST', accept))).toBe('forbidden')
    expect((await ada('POST', accept)).status).toBe(200)
    expect(codeOf(await ada('POST', accept))).toBe('not_found')
    expect(await viewOf(path, ben)).toMatchObject({ role: 'member', pending: null })

    await cleo('POST', `${path}/join`, {})
    expect((await ada('DELETE', `${path}/requests/${idOf(2)}`)).status).toBe(204)
    expect(await viewOf(path, cleo)).toMatchObject({ role: null, pending: null })
    await ended(path)
  })

  test('where one has to be invited, only an invitation lets in', async () => {
    const { path } = await fresh({ admission: 'invitation' })
    expect(codeOf(await ben('POST', `${path}/join`, {}))).toBe('invitation_required')
    const invite = (player: number, by = ada) =>
      by('POST', `${path}/invitations`, { player_id: idOf(player), message: 'Come!' })
    expect((await invite(1)).body).toMatchObject({ status: 'invited' })
    expect((await ben('GET', '/groups/pending')).body).toMatchObject({
      items: [{ kind: 'invitation', message: 'Come!', invited_by: idOf(0) }],
    })
    expect((await ben('POST', `${path}/join`, {})).body).toMatchObject({ status: 'joined' })
    expect(codeOf(await invite(2, ben))).toBe('forbidden')

    await invite(2)
    expect((await cleo('POST', `${path}/withdraw`)).status).toBe(204)
    expect(codeOf(await cleo('POST', `${path}/join`, {}))).toBe('invitation_required')
    expect(codeOf(await cleo('POST', `${path}/withdraw`))).toBe('not_found')
    await ended(path)
  })

  test('G11: who has blocked the inviter is not to be found', async () => {
    const { path } = await fresh()
    const blocked = await dora('PUT', `/blocks/${idOf(0)}`)
    expect(blocked.status, JSON.stringify(blocked.body)).toBeLessThan(300)
    const invite = await ada('POST', `${path}/invitations`, { player_id: idOf(3) })
    const nobody = await ada('POST', `${path}/invitations`, { player_id: crypto.randomUUID() })
    expect([invite.status, codeOf(invite)]).toEqual([nobody.status, codeOf(nobody)])
    expect(codeOf(invite)).toBe('not_found')
    await dora('DELETE', `/blocks/${idOf(0)}`)
    await ended(path)
  })
})

describe('who may do what', () => {
  test('officers act on members, the leader on both, and nobody on the leader', async () => {
    const { path } = await fresh()
    for (const one of [ben, cleo, dora]) await one('POST', `${path}/join`, {})
    const role = (by: Caller, player: number, to: string) =>
      by('PUT', `${path}/members/${idOf(player)}`, { role: to })
    expect(codeOf(await role(ben, 2, 'officer'))).toBe('forbidden')
    expect((await role(ada, 1, 'officer')).status).toBe(200)
    expect((await role(ada, 2, 'officer')).status).toBe(200)
    const kick = (by: Caller, player: number) => by('DELETE', `${path}/members/${idOf(player)}`)
    expect(codeOf(await kick(ben, 0))).toBe('forbidden')
    expect(codeOf(await kick(ben, 2))).toBe('forbidden')
    expect(codeOf(await kick(dora, 2))).toBe('forbidden')
    expect((await kick(ben, 3)).status).toBe(204)
    expect(codeOf(await kick(ben, 3))).toBe('not_found')
    expect((await kick(ada, 2)).status).toBe(204)
    await ended(path)
  })

  test('a ban throws out and keeps out until it is lifted', async () => {
    const { path } = await fresh()
    await ben('POST', `${path}/join`, {})
    const ban = `${path}/bans/${idOf(1)}`
    expect(codeOf(await ben('PUT', ban, {}))).toBe('forbidden')
    expect((await ada('PUT', ban, { reason: 'Emptied the bank.' })).status).toBe(204)
    expect(await viewOf(path, ben)).toMatchObject({ role: null })
    expect(codeOf(await ben('POST', `${path}/join`, {}))).toBe('group_banned')
    expect((await ada('GET', `${path}/bans`)).body).toMatchObject({
      items: [{ player: { player_id: idOf(1) }, reason: 'Emptied the bank.' }],
    })
    expect((await ada('DELETE', ban)).status).toBe(204)
    expect(codeOf(await ada('DELETE', ban))).toBe('not_found')
    expect((await ben('POST', `${path}/join`, {})).status).toBe(200)
    await ended(path)
  })

  test('the lead is handed over, and the leader before is an officer', async () => {
    const { path } = await fresh()
    await ben('POST', `${path}/join`, {})
    expect((await ada('PUT', `${path}/members/${idOf(1)}`, { role: 'leader' })).body).toMatchObject(
      { member: { role: 'leader' } },
    )
    expect(await rolesIn(path)).toEqual({ [idOf(0)]: 'officer', [idOf(1)]: 'leader' })
    expect(codeOf(await ada('DELETE', path))).toBe('forbidden')
    await ended(path, ben)
  })

  test('a leader who leaves is followed by the longest-serving officer, then member; the last one ends it', async () => {
    const { path } = await fresh()
    for (const one of [ben, cleo, dora]) await one('POST', `${path}/join`, {})
    await ada('PUT', `${path}/members/${idOf(3)}`, { role: 'officer' })
    expect((await ada('POST', `${path}/leave`)).status).toBe(204)
    expect(await rolesIn(path)).toMatchObject({ [idOf(3)]: 'leader' })
    await dora('POST', `${path}/leave`)
    expect(await rolesIn(path)).toEqual({ [idOf(1)]: 'leader', [idOf(2)]: 'member' })
    await ben('POST', `${path}/leave`)
    expect(codeOf(await ben('POST', `${path}/leave`))).toBe('not_found')
    await cleo('POST', `${path}/leave`)
    expect((await ada('GET', path)).status).toBe(404)
  })

  test('the leader changes it, with If-Match only the version that was read', async () => {
    const { path } = await fresh()
    const etag = (await ada('GET', path)).headers.get('etag') ?? ''
    const change = (fields: unknown, by = ada, headers = {}) => by('PATCH', path, fields, headers)
    expect(codeOf(await change({ description: 'x' }, ben))).toBe('forbidden')
    expect((await change({ description: 'x' }, ada, { 'if-match': etag })).status).toBe(200)
    const late = await change({ description: 'y' }, ada, { 'if-match': etag })
    expect(codeOf(late)).toBe('version_mismatch')
    await ben('POST', `${path}/join`, {})
    expect(codeOf(await change({ max_members: 1 }))).toBe('group_full')
    await ended(path)
  })
})

describe('looking around', () => {
  test('finds groups by the beginning of their name, page by page', async () => {
    const tag = `q${crypto.randomUUID().slice(0, 6)}`
    const groups = []
    for (const end of ['one', 'three', 'two']) groups.push(await fresh({ name: `${tag} ${end}` }))
    const search = async (query: string) =>
      GroupList.parse((await ben('GET', `/groups?${query}`)).body)
    const first = await search(`prefix=${tag.toUpperCase()}&limit=2`)
    expect(first.items.map(({ name }) => name)).toEqual([`${tag} one`, `${tag} three`])
    const rest = await search(`prefix=${tag}&limit=2&cursor=${first.next_cursor}`)
    expect([rest.items.map(({ name }) => name), rest.next_cursor]).toEqual([[`${tag} two`], null])
    expect((await search(`prefix=${tag}&world=nowhere`)).items).toEqual([])
    expect((await search('prefix=%25')).items).toEqual([])
    expect(codeOf(await ben('GET', '/groups?cursor=nonsense'))).toBe('invalid_cursor')
    for (const { path } of groups) await ended(path)
  })

  test('lists members page by page, the leader first', async () => {
    const { path } = await fresh()
    for (const one of [ben, cleo]) await one('POST', `${path}/join`, {})
    const Ids = z.object({ items: z.array(z.object({ player_id: z.string() })) })
    const page = async (query: string) => {
      const answer = await dora('GET', `${path}/members?limit=1${query}`)
      const { next_cursor } = GroupMembers.parse(answer.body)
      return { id: Ids.parse(answer.body).items[0]?.player_id, next_cursor }
    }
    const first = await page('')
    const second = await page(`&cursor=${first.next_cursor}`)
    const third = await page(`&cursor=${second.next_cursor}`)
    expect([first.id, second.id, third.id]).toEqual([idOf(0), idOf(1), idOf(2)])
    expect(third.next_cursor).toBeNull()
    await ended(path)
  })
})

describe('the studio', () => {
  test('renames and removes groups, by a member and by a server', async () => {
    const { group_id } = await fresh()
    const studio = `/studio/environments/${environment.environmentId}/groups`
    const member = callerOf(environment.apiUrl, {
      authorization: `Bearer ${environment.memberToken}`,
    })
    const server = callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
    const name = `Renamed ${crypto.randomUUID().slice(0, 6)}`
    const renamed = await member('PATCH', `${studio}/${group_id}`, { name, reason: 'An insult.' })
    expect(renamed.body).toMatchObject({ group: { name } })
    expect((await server('GET', `${studio}?prefix=renamed`)).body).toMatchObject({
      items: [{ group_id }],
    })
    expect((await server('GET', `${studio}/${group_id}/members`)).body).toMatchObject({
      items: [{ role: 'leader' }],
    })
    expect((await server('DELETE', `${studio}/${group_id}?reason=spam`)).status).toBe(204)
    expect((await server('GET', `${studio}/${group_id}`)).status).toBe(404)
  })
})
