import { createLog } from '@aethex/shared/log'
import { getParty } from '@aethex/shared/parties'
import { openRedis, type Redis } from '@aethex/shared/redis'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Parts } from '../../gateway/context.js'
import { type Caller, callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { endForgotten } from './forgotten.js'
import { playerData } from './player-data.js'
import { InvitationAnswer, PartyAnswer } from './schema.js'
import { partyOf } from './service.js'

const stack = inject('stack')
const log = createLog('api', 'silent')
let environment: TestEnvironment
let stored: Stored
let redis: Redis
let parts: Parts

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  redis = openRedis(stack.redis_url, log)
  // Of the parts this feature uses these alone.
  parts = { db: stored.db, redis, now: () => new Date() } as Parts
})
afterAll(async () => {
  redis.disconnect()
  await stored.close()
})

const newcomer = async () => {
  const player = await freshPlayer(environment)
  return { ...player, as: callerOf(environment.apiUrl, player.headers) }
}
const openParty = async (leader: Caller, ...others: Caller[]) => {
  const made = await leader('POST', '/parties', { is_open: true, data: { mode: 'ranked' } })
  const { party_id } = PartyAnswer.parse(made.body).party
  for (const other of others) await other('POST', `/parties/${party_id}/join`)
  return party_id
}
const invited = async (party: string, by: Caller, player_id: string) => {
  const answer = await by('POST', `/parties/${party}/invitations`, { player_id })
  return InvitationAnswer.parse(answer.body).invitation.invitation_id
}

test('a party that nobody has touched for a day ends, and others do not', async () => {
  const [ada, ben, cleo] = [await newcomer(), await newcomer(), await newcomer()]
  const [old, young] = [await openParty(ada.as, ben.as), await openParty(cleo.as)]
  const invitation = await invited(old, ada.as, cleo.id)
  await stored.rows("UPDATE party SET touched_at = now() - interval '25 hours' WHERE id = $1", old)
  expect(await endForgotten(parts, log)).toBeGreaterThanOrEqual(1)
  expect((await ben.as('GET', '/parties/mine')).body).toEqual({ party: null })
  expect(await getParty(redis, environment.environmentId, ben.id)).toBeUndefined()
  expect(codeOf(await cleo.as('POST', `/parties/invitations/${invitation}/accept`))).toBe(
    'not_found',
  )
  expect((await cleo.as('GET', '/parties/mine')).body).toMatchObject({ party: { party_id: young } })
})

test('an invitation lets nobody in once its time is over', async () => {
  const [ada, ben] = [await newcomer(), await newcomer()]
  const party = await openParty(ada.as)
  await ada.as('PATCH', `/parties/${party}`, { is_open: false })
  const invitation = await invited(party, ada.as, ben.id)
  await stored.rows('UPDATE party_invitation SET expires_at = now() WHERE id = $1', invitation)
  expect((await ben.as('GET', '/parties/invitations')).body).toEqual({ items: [] })
  expect(codeOf(await ben.as('POST', `/parties/invitations/${invitation}/accept`))).toBe(
    'not_found',
  )
  expect(codeOf(await ben.as('POST', `/parties/${party}/join`))).toBe('not_found')
})

test('an export holds the party and the invitations; an erasure ends both, twice as well as once', async () => {
  const [ada, ben, cleo] = [await newcomer(), await newcomer(), await newcomer()]
  const party = await openParty(ada.as, ben.as)
  await invited(party, ada.as, cleo.id)
  const { environmentId } = environment
  const files: Record<string, unknown> = {}
  for await (const file of playerData.exportFor(parts, environmentId, ada.id)) {
    files[file.name] = file.content
  }
  expect(files).toMatchObject({
    'party.json': { party_id: party, leads: true, data: { mode: 'ranked' } },
    'invitations.json': [{ party_id: party, received: false }],
  })
  const erase = () => playerData.eraseFor(parts, environmentId, ada.id)
  expect(await erase()).toEqual({ party_member: 1, party_invitation: 1 })
  expect(await erase()).toEqual({ party_member: 0, party_invitation: 0 })
  expect(await partyOf(environmentId, stored.db, ben.id)).toEqual({
    party_id: party,
    leader_id: ben.id,
    member_ids: [ben.id],
  })
  expect(await getParty(redis, environmentId, ada.id)).toBeUndefined()
})
