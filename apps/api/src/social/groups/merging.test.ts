import { freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Parts } from '../../gateway/context.js'
import { callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { mergeable } from './merging.js'
import { GroupAnswer, GroupMembers } from './schema.js'

const stack = inject('stack')
let environment: TestEnvironment
let stored: Stored

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
})
afterAll(() => stored.close())

const newcomer = async () => {
  const player = await freshPlayer(environment)
  return { ...player, as: callerOf(environment.apiUrl, player.headers) }
}
type Newcomer = Awaited<ReturnType<typeof newcomer>>
const groupOf = async (leader: Newcomer, name: string, ...others: Newcomer[]) => {
  const answer = await leader.as('POST', '/groups', { name, admission: 'open' })
  const { group_id } = GroupAnswer.parse(answer.body).group
  for (const other of others) await other.as('POST', `/groups/${group_id}/join`, {})
  return group_id
}
const rolesIn = async (by: Newcomer, group: string) => {
  const { body } = await by.as('GET', `/groups/${group}/members`)
  return Object.fromEntries(
    GroupMembers.parse(body).items.map(({ player_id, role }) => [player_id, role]),
  )
}

test('of two accounts the one that goes on has the seats, the higher role and the bans of both, until it is undone', async () => {
  const [ada, guest, ben] = [await newcomer(), await newcomer(), await newcomer()]
  const led = await groupOf(guest, 'Led by guest', ben)
  const shared = await groupOf(guest, 'With both', ada, ben)
  const closed = await groupOf(ben, 'Closed to guest')
  await ben.as('PUT', `/groups/${closed}/bans/${guest.id}`, {})
  const fusion = { environmentId: environment.environmentId, from: guest.id, to: ada.id }
  // Of the parts this feature uses none.
  const parts = {} as Parts
  const memory = await stored.db.transaction(tx => mergeable.merge(parts, tx, fusion))
  expect(await rolesIn(ben, led)).toEqual({ [ada.id]: 'leader', [ben.id]: 'member' })
  expect(await rolesIn(ben, shared)).toEqual({ [ada.id]: 'leader', [ben.id]: 'member' })
  expect((await ada.as('POST', `/groups/${closed}/join`, {})).status).toBe(403)
  expect((await ben.as('GET', `/groups/${shared}`)).body).toMatchObject({
    group: { member_count: 2 },
  })

  await stored.db.transaction(tx => mergeable.undo(parts, tx, fusion, memory))
  expect(await rolesIn(ben, led)).toEqual({ [guest.id]: 'leader', [ben.id]: 'member' })
  expect(await rolesIn(ben, shared)).toMatchObject({ [ada.id]: 'leader', [guest.id]: 'officer' })
  expect((await ada.as('POST', `/groups/${closed}/join`, {})).status).toBe(200)
})
