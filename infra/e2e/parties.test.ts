import { type Cloud, createCloud, unwrap } from '@aethex/sdk'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { WebSocket } from 'ws'

/** Players call each other together, and everybody sees the same party at once. */

let environment: TestEnvironment
const clouds: Cloud[] = []

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
})
afterAll(() => {
  for (const cloud of clouds) cloud.close()
})

async function comeOnline() {
  const { publishableKey: apiKey, apiUrl: url } = environment
  const cloud = createCloud({ apiKey, url, WebSocket })
  clouds.push(cloud)
  const { user } = unwrap(await cloud.auth.loginAnonymous())
  unwrap(await cloud.multiplayer.connect())
  return { id: user.id, ...cloud.social, multiplayer: cloud.multiplayer }
}

test('an invitation to a raid arrives at once, and whoever accepts sees the party, as do the others', async () => {
  const [ada, ben, cleo] = [await comeOnline(), await comeOnline(), await comeOnline()]
  for (const player of [ben, cleo]) {
    player.parties.on('invited', async ({ invitation_id, activity }) => {
      expect(activity).toMatchObject({ kind: 'raid', name: 'The Sunken Keep' })
      unwrap(await player.parties.accept(invitation_id))
    })
  }
  const raid = { kind: 'raid', name: 'The Sunken Keep' }
  unwrap(await ada.parties.invite(ben.id, raid))
  unwrap(await ada.parties.invite(cleo.id, raid))
  const everybody = [ada, ben, cleo]
  await expect
    .poll(() => everybody.map(({ parties }) => parties.current()?.members.length))
    .toEqual([3, 3, 3])
  unwrap(await cleo.parties.setReady(true))
  const readyAt = ({ parties }: typeof ada) =>
    parties.current()?.members.find(member => member.player_id === cleo.id)?.ready
  await expect.poll(() => everybody.map(readyAt)).toEqual([true, true, true])

  unwrap(await ada.parties.leave())
  await expect.poll(() => cleo.parties.current()?.leader_id).toBe(ben.id)
  const [left] = [new Promise(resolve => cleo.parties.on('left', resolve))]
  unwrap(await ben.parties.kick(cleo.id))
  expect(await left).toMatchObject({ reason: 'kicked' })
})

test('a player who was away sees the party as it has become meanwhile', async () => {
  const [ada, ben] = [await comeOnline(), await comeOnline()]
  unwrap(await ada.parties.create({ isOpen: true }))
  const party_id = ada.parties.current()?.party_id ?? ''
  unwrap(await ben.parties.join(party_id))
  ben.multiplayer.disconnect()
  unwrap(await ada.parties.update({ data: { mode: 'ranked' } }))
  unwrap(await ben.multiplayer.connect())
  await expect.poll(() => ben.parties.current()?.data).toEqual({ mode: 'ranked' })
})

test('members of a group hear of who comes, and who is invited hears of that', async () => {
  const [ada, ben] = [await comeOnline(), await comeOnline()]
  const { group } = unwrap(
    await ada.groups.create(`Ravens ${ben.id.slice(-6)}`, { admission: 'invitation' }),
  )
  const heard: string[] = []
  ada.groups.on('updated', ({ change, player }) => heard.push(`${change} ${player?.player_id}`))
  ben.groups.on('invited', async ({ group_id }) => unwrap(await ben.groups.join(group_id)))
  unwrap(await ada.groups.invite(group.group_id, ben.id))
  await expect.poll(() => heard).toContain(`joined ${ben.id}`)
  expect(unwrap(await ben.groups.mine()).items).toMatchObject([{ role: 'member' }])
})
