import { codeOf } from '@aethex/shared/testing'
import { expect, inject, test } from 'vitest'
import { openPrivacyPlace } from '../../testing/privacy-place.js'

test('G11: children are sent no words along with an invitation, and send none', async () => {
  const place = await openPrivacyPlace(inject('stack'))
  await place.set('age.gate', { enabled: true })
  const [child, grown] = [await place.player(), await place.player()]
  const born = (year: number) => ({ birth_date: `${year}-01-01`, country: 'DE' })
  await child.as('POST', '/auth/age', born(new Date().getUTCFullYear() - 8))
  await grown.as('POST', '/auth/age', born(1980))

  const { party } = Object((await grown.as('POST', '/parties', {})).body)
  const activity = { kind: 'raid', name: 'write to me' }
  const toChild = { player_id: child.id, activity }
  const path = `/parties/${party.party_id}/invitations`
  expect((await grown.as('POST', path, toChild)).status).toBe(201)
  const invitations = Object((await child.as('GET', '/parties/invitations')).body).items
  expect(invitations).toMatchObject([{ activity: { kind: 'raid', name: 'raid' } }])
  const own = Object((await child.as('POST', '/parties', {})).body).party
  const sent = await child.as('POST', `/parties/${own.party_id}/invitations`, {
    player_id: grown.id,
    activity,
  })
  expect(codeOf(sent)).toBe('parental_consent_required')

  const wish = { name: `Owls ${crypto.randomUUID().slice(0, 8)}`, admission: 'request' }
  const { group } = Object((await grown.as('POST', '/groups', wish)).body)
  const invite = { player_id: child.id, message: 'write to me' }
  const invited = await grown.as('POST', `/groups/${group.group_id}/invitations`, invite)
  expect(invited.status).toBeLessThan(300)
  const { items } = Object((await child.as('GET', '/groups/pending')).body)
  expect(items).toMatchObject([{ message: '' }])
  const other = await grown.as('POST', '/groups', { ...wish, name: `${wish.name} too` })
  const join = `/groups/${Object(other.body).group.group_id}/join`
  expect(codeOf(await child.as('POST', join, { message: 'hi' }))).toBe('parental_consent_required')
  expect((await child.as('POST', join, {})).status).toBe(200)
})
