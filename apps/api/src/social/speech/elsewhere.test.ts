import { codeOf } from '@aethex/shared/testing'
import { beforeAll, expect, inject, test } from 'vitest'
import { type ChatStage, openChatStage, type Talker } from '../../testing/chat-stage.js'

/** What players write to others outside of chat: of groups, to groups and along with invitations. */

let stage: ChatStage
let ada: Talker
let ben: Talker

beforeAll(async () => {
  stage = await openChatStage(inject('stack'))
  ;[ada, ben] = await Promise.all([stage.newTalker(), stage.newTalker()])
})

const newGroup = (by: Talker, more: Record<string, unknown> = {}) =>
  by.api('POST', '/groups', { name: `Owls ${crypto.randomUUID().slice(0, 8)}`, ...more })
const groupOf = async (by: Talker) => {
  const { group } = Object((await newGroup(by)).body)
  return `/groups/${group.group_id}`
}
const invite = (by: Talker, group: string, player_id: string, message: string) =>
  by.api('POST', `${group}/invitations`, { player_id, message })
const callToRaid = (by: Talker, party: string, player_id: string, name: string) =>
  by.api('POST', `${party}/invitations`, { player_id, activity: { kind: 'raid', name } })
const partyOf = async (by: Talker) => {
  const { party } = Object((await by.api('POST', '/parties', {})).body)
  return `/parties/${party.party_id}`
}

test('H18: words along with invitations and of groups pass the filter and are plain text, as in chat', async () => {
  const [group, party] = [await groupOf(ada), await partyOf(ada)]
  const rude = Object((await newGroup(ada, { description: 'no shit' })).body)
  expect(rude.group.description).toBe('no ****')
  const changed = await ada.api('PATCH', group, { description: 'FUCK off' })
  expect(Object(changed.body).group.description).toBe('**** off')
  await invite(ada, group, ben.id, 'join or be a wanker')
  await callToRaid(ada, party, ben.id, 'Bitch raid')
  const { items } = Object((await ben.api('GET', '/groups/pending')).body)
  expect(items).toMatchObject([{ message: 'join or be a ******' }])
  const parties = Object((await ben.api('GET', '/parties/invitations')).body).items
  expect(parties).toMatchObject([{ activity: { name: '***** raid' } }])
  for (const text of ['\u001b[31mred', 'abc\u202edef', 'a\u0000b']) {
    const answers = [
      await newGroup(ada, { description: text }),
      await invite(ada, group, ben.id, text),
      await callToRaid(ada, party, ben.id, text),
    ]
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400])
  }
})

test('H18: who is muted writes nothing to others elsewhere either, and is still let in', async () => {
  const [eve, group] = [await stage.newTalker(), await groupOf(ada)]
  const party = await partyOf(eve)
  await stage.server('POST', '/chat/mutes', { player_id: eve.id, reason: 'x', ends_at: null })
  const refused = [
    await eve.api('POST', `${group}/join`, { message: 'I will find you' }),
    await newGroup(eve, { description: 'about Ada' }),
    await callToRaid(eve, party, ada.id, 'Find Ada'),
  ]
  expect(refused.map(codeOf)).toEqual(['chat_muted', 'chat_muted', 'chat_muted'])
  expect((await eve.api('POST', `${group}/join`, {})).status).toBe(200)
})

test('G11: an officer does not read what somebody writes whom they block', async () => {
  const [mallory, group] = [await stage.newTalker(), await groupOf(ada)]
  await ada.api('PUT', `/blocks/${mallory.id}`)
  expect((await mallory.api('POST', `${group}/join`, { message: 'hear me' })).status).toBe(200)
  const { items } = Object((await ada.api('GET', `${group}/requests`)).body)
  expect(items).toMatchObject([{ player: { player_id: mallory.id }, message: '' }])
})
