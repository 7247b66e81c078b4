import { codeOf } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { inParallel, tally } from '../../testing/caller.js'
import {
  between,
  type ChatStage,
  messageOf,
  messagesOf,
  newWorld,
  openChatStage,
  pathOf,
  type Talker,
} from '../../testing/chat-stage.js'

const stack = inject('stack')
let stage: ChatStage
let ada: Talker
let ben: Talker
let eve: Talker

beforeAll(async () => {
  stage = await openChatStage(stack)
  // What is counted here are messages, not how fast they come.
  await stage.set('chat.rules', { messages_per_ten_seconds: 100, repeats_per_minute: 100 })
  ;[ada, ben, eve] = await Promise.all([stage.newTalker(), stage.newTalker(), stage.newTalker()])
})

describe('what is said', () => {
  test('a message answers 201 with its number, and everybody of the world reads it', async () => {
    const world = newWorld()
    const answer = await ada.say(world, '  Hello there ', { data: { item: 7 } })
    expect([answer.status, answer.body]).toEqual([
      201,
      {
        message: {
          channel: world,
          number: 1,
          change: 1,
          from: { player_id: ada.id, username: ada.username },
          by: 'player',
          text: 'Hello there',
          data: { item: 7 },
          reply_to: null,
          mentions: [],
          mentions_all: false,
          created_at: expect.any(String),
          edited_at: null,
          deleted: null,
        },
      },
    ])
    expect(await ben.read(world)).toEqual(['Hello there'])
  })

  test('forty who speak at once get the numbers 1 to 40, each once', async () => {
    const world = newWorld()
    const answers = await inParallel(40, index =>
      (index % 2 === 0 ? ada : ben).say(world, `m${index}`),
    )
    expect(tally(answers)).toEqual({ 201: 40 })
    const numbers = answers.map(answer => messageOf(answer).number).sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    const said = messagesOf(await eve.api('GET', `${pathOf(world)}/messages?limit=100`))
    expect(said.map(({ number }) => number)).toEqual(numbers)
  })

  test('a message that is sent again under its key is stored once, also in parallel', async () => {
    const world = newWorld()
    const key = { 'idempotency-key': crypto.randomUUID() }
    const answers = await inParallel(10, () =>
      ada.api('POST', `${pathOf(world)}/messages`, { text: 'once' }, key),
    )
    expect(tally(answers)).toEqual({ 201: 10 })
    expect(new Set(answers.map(answer => messageOf(answer).number))).toEqual(new Set([1]))
    expect(await ben.read(world)).toEqual(['once'])
  })

  test('an answer names a message of the same channel', async () => {
    const world = newWorld()
    await ada.say(world, 'first')
    expect(messageOf(await ben.say(world, 'second', { reply_to: 1 })).reply_to).toBe(1)
    const answer = await ben.say(world, 'third', { reply_to: 9 })
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test('history goes both ways from any number', async () => {
    const world = newWorld()
    for (let number = 1; number <= 7; number++) await ada.say(world, `m${number}`)
    expect(await ben.read(world, '?limit=2')).toEqual(['m6', 'm7'])
    expect(await ben.read(world, '?limit=2&before=6')).toEqual(['m4', 'm5'])
    expect(await ben.read(world, '?limit=2&after=2')).toEqual(['m3', 'm4'])
    const last = await ben.api('GET', `${pathOf(world)}/messages?after=5`)
    expect(last.body).toMatchObject({ last_number: 7, last_change: 7, more: false })
    const first = await ben.api('GET', `${pathOf(world)}/messages?limit=2&before=4`)
    expect(first.body).toMatchObject({ more: true })
    expect(codeOf(await ben.api('GET', `${pathOf(world)}/messages?after=1&before=3`))).toBe(
      'invalid_request',
    )
  })

  test('an edit keeps that it was edited, a deletion that there was something', async () => {
    const world = newWorld()
    await ada.say(world, 'helo')
    await ada.say(world, 'oops')
    const edited = await ada.api('PATCH', `${pathOf(world)}/messages/1`, { text: 'hello' })
    expect(messageOf(edited)).toMatchObject({
      number: 1,
      change: 3,
      text: 'hello',
      edited_at: expect.any(String),
    })
    expect((await ada.api('DELETE', `${pathOf(world)}/messages/2`)).status).toBe(204)
    expect((await ada.api('DELETE', `${pathOf(world)}/messages/2`)).status).toBe(204)
    expect(await ben.read(world)).toEqual(['hello', null])
    const changes = messagesOf(await ben.api('GET', `${pathOf(world)}/messages?changes_after=2`))
    expect(changes.map(({ number, change, deleted }) => [number, change, deleted])).toEqual([
      [1, 3, null],
      [2, 4, 'author'],
    ])
    expect(codeOf(await ada.api('PATCH', `${pathOf(world)}/messages/2`, { text: 'x' }))).toBe(
      'not_found',
    )
  })

  test('nobody changes or deletes what others have said', async () => {
    const world = newWorld()
    await ada.say(world, 'mine')
    for (const answer of [
      await ben.api('PATCH', `${pathOf(world)}/messages/1`, { text: 'yours' }),
      await ben.api('DELETE', `${pathOf(world)}/messages/1`),
    ]) {
      expect(codeOf(answer)).toBe('forbidden')
    }
    expect(await ben.read(world)).toEqual(['mine'])
  })

  test('@name mentions players, in quotes also a name with spaces', async () => {
    const world = newWorld()
    const username = `Big ${crypto.randomUUID().slice(0, 8)}`
    await eve.api('PUT', '/auth/profile', { username })
    const text = `@${ben.username.toUpperCase()} and @"${username}", not x@${ada.username}, @everyone!`
    const { mentions, mentions_all } = messageOf(await ada.say(world, text))
    expect([new Set(mentions), mentions_all]).toEqual([new Set([ben.id, eve.id]), false])
  })
})

describe('channels of members', () => {
  test('two players talk to each other, and nobody else reads it', async () => {
    const direct = between(ada, ben)
    expect((await ada.say(direct, 'psst')).status).toBe(201)
    expect((await ben.say(direct, 'yes?')).status).toBe(201)
    expect(await ada.read(direct)).toEqual(['psst', 'yes?'])
    for (const answer of [
      await eve.say(direct, 'me too'),
      await eve.api('GET', `${pathOf(direct)}/messages`),
      await eve.api('GET', pathOf(direct)),
      await eve.api('PUT', `${pathOf(direct)}/read`, { number: 1 }),
      await eve.api('POST', `${pathOf(direct)}/typing`),
      await eve.api('DELETE', `${pathOf(direct)}/messages/1`),
      await eve.api('POST', `${pathOf(direct)}/messages/1/report`, { reason: 'x' }),
    ]) {
      expect([answer.status, codeOf(answer)]).toEqual([403, 'chat_forbidden'])
    }
  })

  test('a mention reaches only who may read the channel', async () => {
    const direct = between(ada, ben)
    const text = `@${ben.username} @${eve.username}`
    expect(messageOf(await ada.say(direct, text)).mentions).toEqual([ben.id])
  })

  test('a group talks in its own channel; who leaves reads no more, who leads may delete', async () => {
    const name = `Owls ${crypto.randomUUID().slice(0, 8)}`
    const made = await ada.api('POST', '/groups', { name, world: 'midgard', admission: 'open' })
    expect(made.status).toBe(201)
    const { group_id } = Object(made.body).group
    expect((await ben.api('POST', `/groups/${group_id}/join`, {})).status).toBeLessThan(300)
    const channel = `chat.midgard.family.${name}`
    expect((await ben.say(channel, 'hoo')).status).toBe(201)
    // However it is spelled, it is one channel, and says how it is written.
    const read = await ada.api('GET', pathOf(channel.toLowerCase()))
    expect(read.body).toMatchObject({ channel: { channel, kind: 'group', last_number: 1 } })
    expect(codeOf(await ada.api('GET', pathOf(`chat.other.family.${name}`)))).toBe('chat_forbidden')
    expect(codeOf(await eve.say(channel, 'hello'))).toBe('chat_forbidden')
    const all = messageOf(await ada.say(channel, '@everyone tonight!'))
    expect([
      all.mentions_all,
      messageOf(await ben.say(channel, '@everyone no')).mentions_all,
    ]).toEqual([true, false])
    expect((await ada.api('DELETE', `${pathOf(channel)}/messages/1`)).status).toBe(204)
    expect(messagesOf(await ben.api('GET', `${pathOf(channel)}/messages`))[0]).toMatchObject({
      text: null,
      deleted: 'moderator',
    })
    expect((await ben.api('POST', `/groups/${group_id}/leave`)).status).toBeLessThan(300)
    expect(codeOf(await ben.api('GET', `${pathOf(channel)}/messages`))).toBe('chat_forbidden')
    expect(codeOf(await ben.say(channel, 'bye'))).toBe('chat_forbidden')
  })

  test('a group that takes the name of a former one does not read what that one said', async () => {
    const name = `Foxes ${crypto.randomUUID().slice(0, 8)}`
    const channel = `chat.main.family.${name}`
    const first = Object((await ada.api('POST', '/groups', { name })).body).group
    await ada.say(channel, 'our secret')
    await ada.api('DELETE', `/groups/${first.group_id}`)
    await ben.api('POST', '/groups', { name })
    expect(await ben.read(channel)).toEqual([])
  })

  test('a group that is called otherwise keeps what it said, and is unread under its new name', async () => {
    const [name, later] = [1, 2].map(() => `Crows ${crypto.randomUUID().slice(0, 8)}`)
    const { group_id } = Object(
      (await ada.api('POST', '/groups', { name, admission: 'open' })).body,
    ).group
    await ben.api('POST', `/groups/${group_id}/join`, {})
    await ben.say(`chat.main.family.${name}`, 'caw')
    await ada.say(`chat.main.family.${name}`, 'caw caw')
    const renamed = await ada.api('PATCH', `/groups/${group_id}`, { name: later })
    expect(renamed.status, JSON.stringify(renamed.body)).toBe(200)
    const channel = `chat.main.family.${later}`
    expect(await ben.read(channel)).toEqual(['caw', 'caw caw'])
    const { items } = Object((await ben.api('GET', '/chat/unread')).body)
    expect(items).toContainEqual(expect.objectContaining({ channel, kind: 'group', unread: 1 }))
    expect(codeOf(await ben.say(`chat.main.family.${name}`, 'hm'))).toBe('chat_forbidden')
    await ada.say(channel, 'here we are')
    expect(await ben.read(channel)).toHaveLength(3)
  })

  test('a party talks among itself', async () => {
    const made = await ada.api('POST', '/parties', { is_open: true })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    const { party_id } = Object(made.body).party
    const channel = `chat.party.${party_id}`
    expect((await ada.say(channel, 'ready?')).status).toBe(201)
    expect(codeOf(await ben.say(channel, 'hi'))).toBe('chat_forbidden')
    expect((await ben.api('POST', `/parties/${party_id}/join`)).status).toBeLessThan(300)
    expect(await ben.read(channel)).toEqual(['ready?'])
    expect((await ben.api('POST', `/parties/${party_id}/leave`)).status).toBeLessThan(300)
    expect(codeOf(await ben.api('GET', `${pathOf(channel)}/messages`))).toBe('chat_forbidden')
    await ada.api('POST', `/parties/${party_id}/leave`)
  })

  test('a room is closed to those whom no relay node has there', async () => {
    expect(codeOf(await ada.say('chat.room.arena-1', 'hi'))).toBe('chat_forbidden')
  })

  test('the same names in another environment are other channels', async () => {
    const away = await (await openChatStage(stack)).newTalker()
    const world = newWorld()
    await ada.say(world, 'here')
    expect(await away.read(world)).toEqual([])
    expect(codeOf(await away.say(between(away, ada), 'hello'))).toBe('not_found')
    expect(codeOf(await away.api('GET', pathOf(between(ada, ben))))).toBe('chat_forbidden')
  })

  test('a studio may name the worlds that have a channel', async () => {
    const other = await openChatStage(stack)
    const zoe = await other.newTalker()
    await other.set('chat.rules', { worlds: ['midgard'] })
    expect((await zoe.say('chat.midgard.public', 'hi')).status).toBe(201)
    expect(codeOf(await zoe.say('chat.asgard.public', 'hi'))).toBe('chat_forbidden')
  })
})

describe('how far was read', () => {
  test('unread messages and mentions are counted, in the channels of the player’s list', async () => {
    const stageHere = await openChatStage(stack)
    const [one, two] = await Promise.all([stageHere.newTalker(), stageHere.newTalker()])
    const [direct, world] = [between(one, two), newWorld()]
    await one.say(direct, 'a')
    await one.say(direct, 'b')
    await two.say(world, 'in the world')
    await one.say(world, `@${two.username}`)
    const unread = async () => Object((await two.api('GET', '/chat/unread')).body).items
    expect(await unread()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ channel: direct, kind: 'direct', unread: 2, mentions: 0 }),
        expect.objectContaining({ channel: world, read_number: 1, unread: 1, mentions: 1 }),
      ]),
    )
    const marked = await two.api('PUT', `${pathOf(direct)}/read`, { number: 99 })
    expect(marked.body).toEqual({ read_number: 2 })
    const back = await two.api('PUT', `${pathOf(direct)}/read`, { number: 1 })
    expect(back.body).toEqual({ read_number: 2 })
    expect((await unread()).map((item: { channel: string }) => item.channel)).toEqual([world])
    const { channel } = Object((await two.api('GET', pathOf(direct))).body)
    expect(channel).toMatchObject({ read_number: 2, last_number: 2, mute: null })
  })
})
