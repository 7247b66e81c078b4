import { createCloud, unwrap } from '@aethex/sdk'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, expect, inject, test } from 'vitest'

let environment: TestEnvironment

beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
})

const open = () => createCloud({ apiKey: environment.publishableKey, url: environment.apiUrl })

test('a game makes a guest a full account, shows it, and ends it, through the SDK', async () => {
  const cloud = open()
  const { user } = await unwrap(cloud.auth.loginAnonymous())
  const email = `${crypto.randomUUID()}@player.example`
  const { items } = await unwrap(
    cloud.auth.identities.link({ email, password: 'correct horse battery' }),
  )
  expect(items.map(item => item.provider)).toEqual(['device', 'password'])
  await unwrap(cloud.auth.updateProfile({ public_fields: { clan: 'Owls' } }))
  const { player } = await unwrap(cloud.auth.getPlayer(user.id))
  expect(player).toMatchObject({ id: user.id, public_fields: { clan: 'Owls' } })
  const { version } = await unwrap(cloud.auth.preferences.set({ volume: 1 }))
  const late = await cloud.auth.preferences.set({ volume: 0 }, version + 1)
  expect(late.success === false && late.error.code).toBe('version_mismatch')
  expect((await unwrap(cloud.auth.requestExport())).export.state).toBe('pending')
  const { token } = await unwrap(cloud.auth.eraseAccount())
  expect(token.length).toBeGreaterThan(20)
  expect(cloud.auth.getCurrentUser()).toBeNull()
  cloud.close()
})

test('a game joins two accounts of one player, and parts them again', async () => {
  const [mine, theirs] = [open(), open()]
  const guest = await unwrap(mine.auth.loginAnonymous())
  const email = `${crypto.randomUUID()}@player.example`
  const account = { email, password: 'correct horse battery', username: `P ${email.slice(0, 20)}` }
  await unwrap(theirs.auth.register(account))
  const refused = await mine.auth.identities.link({ email, password: account.password })
  if (refused.success) throw new Error('the address was taken')
  expect(refused.error.code).toBe('identity_taken')
  const offer = Object.assign({ merge_token: '' }, refused.error.details.merge)
  const { merge, user } = await unwrap(mine.auth.merges.confirm(offer.merge_token, 'mine'))
  expect([user.id, mine.auth.getCurrentUser()?.id]).toEqual([guest.user.id, guest.user.id])
  expect((await unwrap(mine.auth.merges.undo(merge.id))).merge.state).toBe('undone')
  const again = await theirs.auth.loginEmail(email, account.password)
  expect(again.success).toBe(true)
  mine.close()
  theirs.close()
})
