import { freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Parts } from '../../gateway/context.js'
import { callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { playerData } from './player-data.js'
import { GroupAnswer } from './schema.js'
import { groupMembership, groupSeat } from './service.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored
let parts: Parts

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  // Of the parts this feature uses the database alone.
  parts = { db: stored.db } as Parts
})
afterAll(() => stored.close())

const newcomer = async () => {
  const player = await freshPlayer(environment)
  return { ...player, as: callerOf(environment.apiUrl, player.headers) }
}
const groupOf = async (by: Awaited<ReturnType<typeof newcomer>>, name: string) => {
  const answer = await by.as('POST', '/groups', { name, admission: 'open' })
  return GroupAnswer.parse(answer.body).group.group_id
}

test('others are told what a player is in a group, however its name is spelled', async () => {
  const [ada, ben] = [await newcomer(), await newcomer()]
  await groupOf(ada, 'Night Watch')
  const { environmentId } = environment
  const roleOf = (name: string, id: string) => groupMembership(environmentId, stored.db, name, id)
  expect(await roleOf('night  WATCH', ada.id)).toBe('leader')
  expect(await roleOf('Night Watch', ben.id)).toBeUndefined()
  expect(await roleOf('No Watch', ada.id)).toBeUndefined()
  expect(await groupSeat(environmentId, stored.db, 'NIGHT WATCH', ada.id)).toMatchObject({
    name: 'Night Watch',
    world: 'main',
  })
  const away = await freshEnvironment(stack)
  expect(await groupMembership(away.environmentId, stored.db, 'Night Watch', ada.id)).toBe(
    undefined,
  )
})

test('an export holds memberships, requests and bans; an erasure leaves a group with another leader', async () => {
  const [ada, ben, cleo] = [await newcomer(), await newcomer(), await newcomer()]
  const led = await groupOf(ada, 'Led by Ada')
  const alone = await groupOf(ada, 'Ada alone')
  const other = await groupOf(ben, 'Asked to come')
  const strict = await groupOf(cleo, 'Not for Ada')
  await ben.as('POST', `/groups/${led}/join`, {})
  await ben.as('POST', `/groups/${other}/invitations`, { player_id: ada.id })
  await cleo.as('PUT', `/groups/${strict}/bans/${ada.id}`, { reason: 'Emptied the bank.' })
  await ada.as('PUT', `/groups/${led}/bans/${cleo.id}`, {})
  const { environmentId } = environment
  const files: Record<string, unknown> = {}
  for await (const file of playerData.exportFor(parts, environmentId, ada.id)) {
    files[file.name] = file.content
  }
  expect(files).toMatchObject({
    'memberships.json': [
      { group: 'Led by Ada', role: 'leader' },
      { group: 'Ada alone', role: 'leader' },
    ],
    'requests.json': [{ group: 'Asked to come', kind: 'invitation' }],
    'bans.json': [{ group: 'Not for Ada', reason: 'Emptied the bank.' }],
  })
  const erase = () => playerData.eraseFor(parts, environmentId, ada.id)
  expect(await erase()).toEqual({ group_member: 2, group_request: 1, group_ban: 1 })
  expect(await erase()).toEqual({ group_member: 0, group_request: 0, group_ban: 0 })
  expect((await ben.as('GET', `/groups/${led}`)).body).toMatchObject({
    group: { leader_id: ben.id, member_count: 1 },
    role: 'leader',
  })
  expect((await ben.as('GET', `/groups/${alone}`)).status).toBe(404)
  const traces = await stored.rows(
    `SELECT 1 FROM group_member WHERE player_id = $1 UNION ALL SELECT 1 FROM group_request
     WHERE player_id = $1 OR invited_by = $1 UNION ALL SELECT 1 FROM group_ban
     WHERE player_id = $1 OR banned_by = $1`,
    ada.id,
  )
  expect(traces).toEqual([])
})
