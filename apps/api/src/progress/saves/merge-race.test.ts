import { freshEnvironment, freshPlayer, type TestPlayer } from '@aethex/shared/testing'
import { expect, inject, test } from 'vitest'
import { callerOf } from '../../testing/caller.js'
import { SaveList, SlotList } from './schema.js'

const stack = inject('stack')

const tokenOf = ({ headers }: TestPlayer) => headers.authorization?.replace(/^Bearer /, '')

test('what a device writes while its account goes into another one is in the account that stays, or was refused', async () => {
  const environment = await freshEnvironment(stack)
  const server = callerOf(stack.api_url, { 'x-api-key': environment.secretKey })
  const guest = await freshPlayer(environment)
  const account = await freshPlayer(environment)
  const mine = callerOf(stack.api_url, account.headers)
  const slots = Array.from({ length: 6 }, (_, at) => `slot${at}`)
  const acknowledged = new Map<string, number>()

  const preview = await mine('POST', '/auth/merges/preview', {
    other_access_token: tokenOf(guest),
  })
  const { merge_token } = Object(preview.body)
  let isOver = false
  const play = async (slot: string) => {
    for (let turn = 1; !isOver; turn++) {
      // A document large enough to share its bytes with the versions before.
      const data = { turn, filler: 'x'.repeat(20_000) }
      const answer = await server('POST', `/saves/${guest.id}`, { save_id: slot, data })
      if (answer.status === 201) acknowledged.set(slot, Object(answer.body).save.version)
    }
  }
  const playing = slots.map(play)
  await expect.poll(() => acknowledged.size, { timeout: 10_000 }).toBe(slots.length)
  const merged = await mine('POST', '/auth/merges', { merge_token, keep: 'mine' })
  expect(merged.status).toBe(201)
  // Whatever was acknowledged by now was there before, or at, the merge.
  await new Promise(resolve => setTimeout(resolve, 300))
  isOver = true
  await Promise.all(playing)

  const at = `/saves/${account.id}`
  const { items } = SlotList.parse((await server('GET', at)).body)
  expect(items.map(({ save_id, version }) => [save_id, version])).toEqual(
    slots.map(slot => [slot, acknowledged.get(slot)]),
  )
  for (const slot of slots) {
    const path = `${at}/history?save_id=${slot}&limit=100`
    const versions = SaveList.parse((await server('GET', path)).body).items
    expect(versions.map(({ version }) => version)).toEqual(
      versions.map((_, index) => versions.length - index),
    )
    for (const { version } of versions) {
      expect((await server('GET', `${at}/${slot}?version=${version}`)).status).toBe(200)
    }
    const next = { save_id: slot, data: 'goes on' }
    expect((await server('POST', at, next)).status).toBe(201)
  }
})
