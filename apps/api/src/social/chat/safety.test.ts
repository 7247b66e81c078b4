import { createServer } from 'node:http'
import { type Answer, codeOf } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { inParallel, tally } from '../../testing/caller.js'
import {
  between,
  type ChatStage,
  messageOf,
  newWorld,
  openChatStage,
  pathOf,
  type Talker,
} from '../../testing/chat-stage.js'
import { openPrivacyPlace } from '../../testing/privacy-place.js'

const stack = inject('stack')
let stage: ChatStage
let ada: Talker
let ben: Talker
let eve: Talker

const roomy = { messages_per_ten_seconds: 100, repeats_per_minute: 100 }

beforeAll(async () => {
  stage = await openChatStage(stack)
  await stage.set('chat.rules', roomy)
  ;[ada, ben, eve] = await Promise.all([stage.newTalker(), stage.newTalker(), stage.newTalker()])
})

const reasonOf = (answer: Answer) => Object(answer.body).errors?.[0]?.reason

describe('texts', () => {
  test.each([
    ['ten kilobytes', 'x'.repeat(10_240)],
    ['more than the studio allows', 'x'.repeat(501)],
    ['nothing', ''],
    ['nothing to be seen', ' \u200b\u2060 '],
    ['an ANSI escape', '\u001b[31mred\u001b[0m'],
    ['a bell', 'ding\u0007'],
    ['a C1 control', 'x\u009b31m'],
    ['a line separator', 'a\u2028b'],
    ['a bidi override', 'evil\u202egpj.exe'],
    ['a bidi isolate', 'a\u2066b\u2069'],
    ['marks piled up', `e${'\u0301'.repeat(40)}x${'\u0489'.repeat(20)}`],
  ])('H18: %s is refused, and says why', async (_what, text) => {
    const answer = await ada.say(newWorld(), text)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
    expect(reasonOf(answer)).toMatch(/\w/)
  })

  test('H18: NUL and half of a surrogate pair are refused before they are read', async () => {
    for (const text of ['a\u0000b', 'a\ud800b']) {
      const answer = await ada.say(newWorld(), text)
      expect(answer.status).toBe(400)
    }
  })

  test.each([
    '👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️',
    'שלום עולם\u200f!',
    'क्ष नमस्ते',
    'two\nlines',
    '<img src=x onerror=alert(1)>',
    '[click](javascript:alert(1))',
    "Robert'); DROP TABLE chat_message;--",
  ])('H18: %j is a text like any other, and is kept as it is', async text => {
    const world = newWorld()
    expect(messageOf(await ada.say(world, text)).text).toBe(text)
    expect(await ben.read(world)).toEqual([text])
  })

  test('H18: a link is text: whoever is named in one is not asked anything', async () => {
    let asked = 0
    const trap = createServer((_request, response) => {
      asked++
      response.end()
    })
    await new Promise<void>(resolve => trap.listen(0, '127.0.0.1', resolve))
    const address = trap.address()
    const port = typeof address === 'object' ? address?.port : 0
    const url = `http://127.0.0.1:${port}/preview`
    const message = messageOf(await ada.say(newWorld(), `look at ${url}`))
    expect(Object.keys(message)).not.toContain('preview')
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(asked).toBe(0)
    trap.close()
  })

  test('H18: @everyone of a player who leads nobody is text', async () => {
    expect(messageOf(await ada.say(newWorld(), '@everyone free gold'))).toMatchObject({
      mentions: [],
      mentions_all: false,
    })
    const answer = await ada.say(newWorld(), 'hi', { mentions_all: true })
    expect(reasonOf(answer)).toBe('is not a known field')
  })

  test('data beyond two kilobytes is refused', async () => {
    const answer = await ada.say(newWorld(), 'hi', { data: { x: 'y'.repeat(2_100) } })
    expect(codeOf(answer)).toBe('invalid_request')
  })

  test.each(['chat.>', 'chat.*', '*', '#', 'room:*', 'chat.midgard.*', 'chat.room.a.b', 'x'])(
    'H12: %j is no channel to write to or to read',
    async name => {
      for (const answer of [
        await ada.say(name, 'hi'),
        await ada.api('GET', pathOf(name)),
        await ada.api('GET', `${pathOf(name)}/messages`),
      ]) {
        expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_request'])
      }
    },
  )

  test('H10: nobody speaks for somebody else', async () => {
    for (const more of [
      { from: { player_id: ben.id, username: ben.username } },
      { author_id: ben.id },
      { number: 7 },
      { created_at: '2020-01-01T00:00:00Z' },
      { by: 'studio' },
    ]) {
      expect(codeOf(await ada.say(newWorld(), 'hi', more))).toBe('invalid_request')
    }
  })
})

describe('how much', () => {
  test('H18: of thirty identical messages the first three are sent', async () => {
    const other = await openChatStage(stack)
    await other.set('chat.rules', { messages_per_ten_seconds: 100 })
    const zoe = await other.newTalker()
    const world = newWorld()
    const answers = await inParallel(30, index =>
      zoe.say(world, index % 2 ? 'BUY GOLD' : 'buy gold'),
    )
    expect(tally(answers)).toEqual({ 201: 3, 429: 27 })
    const refused = answers.find(answer => answer.status === 429)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await zoe.say(world, 'something else')).status).toBe(201)
  })

  test('a player writes ten messages in ten seconds, in all channels together', async () => {
    const zoe = await (await openChatStage(stack)).newTalker()
    const answers = await inParallel(25, index => zoe.say(newWorld(), `m${index}`))
    expect(tally(answers)).toEqual({ 201: 10, 429: 15 })
  })

  test('in a slow channel a player waits, others and other channels do not; a replay costs nothing', async () => {
    const other = await openChatStage(stack)
    const [one, two] = await Promise.all([other.newTalker(), other.newTalker()])
    const world = newWorld()
    await other.set('chat.rules', { ...roomy, slow_channels: { [world]: 600 } })
    const key = { 'idempotency-key': crypto.randomUUID() }
    const path = `${pathOf(world)}/messages`
    expect((await one.api('POST', path, { text: 'first' }, key)).status).toBe(201)
    expect(codeOf(await one.say(world, 'second'))).toBe('rate_limited')
    expect((await one.api('POST', path, { text: 'first' }, key)).status).toBe(201)
    expect((await two.say(world, 'mine')).status).toBe(201)
    expect((await one.say(newWorld(), 'elsewhere')).status).toBe(201)
    const { channel } = Object((await one.api('GET', pathOf(world))).body)
    expect(channel.slow_mode_seconds).toBe(600)
  })
})

describe('words', () => {
  test('H18: bad words are masked, refused or flagged, as the studio wants', async () => {
    const world = newWorld()
    expect(messageOf(await ada.say(world, 'what a sh1t day')).text).toBe('what a **** day')
    const strict = await openChatStage(stack)
    const zoe = await strict.newTalker()
    await strict.set('chat.filter', { mode: 'refuse', words: ['waffle'], allow: ['shit'] })
    const refused = await zoe.say(world, 'w@ffle')
    expect([refused.status, codeOf(refused)]).toEqual([422, 'message_refused'])
    expect((await zoe.say(world, 'shit')).status).toBe(201)
    await strict.set('chat.filter', { mode: 'flag' })
    expect(messageOf(await zoe.say(world, 'merde')).text).toBe('merde')
    const { items } = Object((await strict.server('GET', '/chat/reports')).body)
    expect(items).toMatchObject([{ reported_id: zoe.id, reporter_id: null, reason: 'word filter' }])
  })

  test('an edit passes the same filter', async () => {
    const world = newWorld()
    await ada.say(world, 'fine')
    const edited = await ada.api('PATCH', `${pathOf(world)}/messages/1`, { text: 'merde' })
    expect(messageOf(edited).text).toBe('*****')
  })

  test('H18: what an edit brings in is flagged like what is sent', async () => {
    const lenient = await openChatStage(stack)
    await lenient.set('chat.filter', { mode: 'flag' })
    const [zoe, world] = [await lenient.newTalker(), newWorld()]
    await zoe.say(world, 'fine')
    const edited = await zoe.api('PATCH', `${pathOf(world)}/messages/1`, { text: 'merde' })
    expect(messageOf(edited).text).toBe('merde')
    const { items } = Object((await lenient.server('GET', '/chat/reports')).body)
    expect(items).toMatchObject([{ reported_id: zoe.id, reporter_id: null, number: 1 }])
  })

  test('H18: who is muted in a group stays so when the group is called otherwise', async () => {
    const zoe = await stage.newTalker()
    const name = `Foxes ${crypto.randomUUID().slice(0, 6)}`
    const { group } = Object((await zoe.api('POST', '/groups', { name })).body)
    await zoe.say(`chat.main.family.${name}`, 'fine')
    const mute = {
      player_id: zoe.id,
      channel: `chat.main.family.${name.toUpperCase()}`,
      reason: 'x',
      ends_at: null,
    }
    expect((await stage.server('POST', '/chat/mutes', mute)).status).toBe(201)
    expect(codeOf(await zoe.say(`chat.main.family.${name}`, 'merde'))).toBe('chat_muted')
    await zoe.api('PATCH', `/groups/${group.group_id}`, { name: `${name}z` })
    const renamed = `chat.main.family.${name}z`
    const edit = await zoe.api('PATCH', `${pathOf(renamed)}/messages/1`, { text: 'merde' })
    expect(codeOf(edit)).toBe('chat_muted')
    expect(codeOf(await zoe.say(renamed, 'merde'))).toBe('chat_muted')
  })

  test('H18: nobody floods a channel by editing one message', async () => {
    const [zoe, world] = [await stage.newTalker(), newWorld()]
    await zoe.say(world, 'fine')
    const edits = await inParallel(40, index =>
      zoe.api('PATCH', `${pathOf(world)}/messages/1`, { text: `fine ${index}` }),
    )
    expect(tally(edits)).toEqual({ 200: 30, 429: 10 })
  })
})

describe('who wants nothing to do with whom', () => {
  test('G11: to write to a blocker looks like writing to nobody, and so it does the other way round', async () => {
    const direct = between(ada, eve)
    await ada.say(direct, 'before')
    await ada.api('PUT', `/blocks/${eve.id}`)
    const toNobody = await eve.say(between(eve, { id: crypto.randomUUID() }), 'hello')
    const toBlocker = await eve.say(direct, 'hello')
    const strip = (answer: Answer) => ({ ...Object(answer.body), request_id: '' })
    expect([toBlocker.status, strip(toBlocker)]).toEqual([404, strip(toNobody)])
    expect(codeOf(await ada.say(direct, 'bye'))).toBe('not_found')
    expect(codeOf(await eve.api('POST', `${pathOf(direct)}/typing`))).toBe('not_found')
    await ada.api('DELETE', `/blocks/${eve.id}`)
    expect((await eve.say(direct, 'again')).status).toBe(201)
  })

  test('G11: in shared channels neither reads the other, nor is named by them', async () => {
    const world = newWorld()
    await ada.say(world, 'from ada')
    await eve.say(world, 'from eve')
    await ada.api('PUT', `/blocks/${eve.id}`)
    const { mentions } = messageOf(await eve.say(world, `@${ada.username}`))
    expect(mentions).toEqual([])
    expect(await ada.read(world)).toEqual(['from ada'])
    expect(await ben.read(world)).toHaveLength(3)
    expect(await ada.read(world, '?changes_after=0')).toEqual(['from ada'])
    await ada.api('DELETE', `/blocks/${eve.id}`)
    expect(await ada.read(world)).toHaveLength(3)
  })

  test('who is silenced is not read, and not told', async () => {
    const world = newWorld()
    expect((await ben.api('PUT', `/chat/silenced/${eve.id}`)).status).toBe(204)
    expect((await eve.say(world, 'la la la')).status).toBe(201)
    expect((await eve.say(between(ben, eve), 'hello?')).status).toBe(201)
    expect([await ben.read(world), await ada.read(world)]).toEqual([[], ['la la la']])
    const unread = Object((await ben.api('GET', '/chat/unread')).body).items
    expect(unread.map((item: { channel: string }) => item.channel)).not.toContain(between(ben, eve))
    const list = await ben.api('GET', '/chat/silenced')
    expect(list.body).toMatchObject({ items: [{ player_id: eve.id, username: eve.username }] })
    expect((await ben.api('DELETE', `/chat/silenced/${eve.id}`)).status).toBe(204)
    expect(await ben.read(world)).toEqual(['la la la'])
    expect((await ben.api('DELETE', `/chat/silenced/${eve.id}`)).status).toBe(204)
    const nobody = `/chat/silenced/${crypto.randomUUID()}`
    for (const method of ['PUT', 'DELETE']) {
      expect(codeOf(await ben.api(method, nobody))).toBe('not_found')
    }
  })
})

describe('moderators', () => {
  const mute = (player_id: string, more = {}) =>
    stage.server('POST', '/chat/mutes', { player_id, reason: 'insults', ends_at: null, ...more })

  test('H18: a mute holds for every session of the player, in every channel, until its end', async () => {
    const zoe = await stage.newTalker()
    const world = newWorld()
    await zoe.say(world, 'so')
    const ends_at = new Date(Date.now() + 3_000).toISOString()
    const made = await mute(zoe.id, { ends_at, public_reason: 'Be nice.' })
    expect(made.status).toBe(201)
    const refused = await zoe.say(newWorld(), 'hey')
    expect(codeOf(refused)).toBe('chat_muted')
    expect(refused.body).toMatchObject({ ends_at, reason: 'Be nice.' })
    expect(codeOf(await zoe.api('PATCH', `${pathOf(world)}/messages/1`, { text: 'x' }))).toBe(
      'chat_muted',
    )
    const { channel } = Object((await zoe.api('GET', pathOf(world))).body)
    expect(channel.mute).toEqual({ reason: 'Be nice.', ends_at })
    await new Promise(resolve => setTimeout(resolve, 3_100))
    expect((await zoe.say(newWorld(), 'hey')).status).toBe(201)
  })

  test('a mute of one channel holds there alone, and may be lifted', async () => {
    const world = newWorld()
    const { id } = Object((await mute(ben.id, { channel: world })).body).mute
    expect(codeOf(await ben.say(world, 'a'))).toBe('chat_muted')
    expect((await ben.say(newWorld(), 'b')).status).toBe(201)
    const list = Object((await stage.server('GET', `/chat/mutes?player_id=${ben.id}`)).body).items
    expect(list).toMatchObject([{ id, channel: world, in_force: true, reason: 'insults' }])
    expect((await stage.studio('DELETE', `/chat/mutes/${id}`)).status).toBe(204)
    expect((await ben.say(world, 'a')).status).toBe(201)
    expect(codeOf(await mute(crypto.randomUUID()))).toBe('not_found')
  })

  test('H18: a report keeps the messages around it, whatever is deleted afterwards', async () => {
    const world = newWorld()
    await ben.say(world, 'hello')
    await eve.say(world, 'I know where you live')
    await ben.say(world, 'stop it')
    const path = `${pathOf(world)}/messages/2/report`
    const first = await ben.api('POST', path, { reason: 'Threatens me.' })
    const second = await ben.api('POST', path, { reason: 'Again.' })
    expect([first.status, second.body]).toEqual([201, first.body])
    await eve.api('DELETE', `${pathOf(world)}/messages/2`)
    const { items } = Object((await stage.server('GET', '/chat/reports')).body)
    const report = items.find((item: { channel: string }) => item.channel === world)
    expect(report).toMatchObject({
      number: 2,
      reported_id: eve.id,
      reporter_id: ben.id,
      reason: 'Threatens me.',
      state: 'open',
      context: [
        { number: 1, player_id: ben.id, username: ben.username, text: 'hello' },
        { number: 2, player_id: eve.id, text: 'I know where you live' },
        { number: 3, text: 'stop it' },
      ],
    })
    const verdict = { state: 'upheld', resolution: 'Muted for a day.' }
    const judged = await stage.studio('PATCH', `/chat/reports/${report.id}`, verdict)
    expect(judged.body).toMatchObject({ report: { ...verdict, resolved_by: { kind: 'member' } } })
    expect(codeOf(await eve.api('POST', path, { reason: 'me' }))).toBe('not_found')
  })

  test('a moderator reads, announces and removes in any channel, also where players talk alone', async () => {
    const direct = between(ada, ben)
    const { number } = messageOf(await ada.say(direct, 'secret'))
    const path = `/chat/channels/${direct}/messages`
    const read = Object((await stage.server('GET', `${path}?limit=1`)).body).items
    expect(read).toMatchObject([{ text: 'secret' }])
    expect((await stage.server('DELETE', `${path}/${number}?reason=spam`)).status).toBe(204)
    expect(await ben.read(direct, '?limit=1')).toEqual([null])
    const said = await stage.server('POST', path, { text: 'Behave.', mentions_all: true })
    expect(messageOf(said)).toMatchObject({ from: null, by: 'studio', mentions_all: true })
    expect(await ben.read(direct, '?limit=1')).toEqual(['Behave.'])
  })

  test('who lacks the scope does none of this', async () => {
    const made = await stage.studio('POST', '/keys', {
      kind: 'secret',
      name: 'narrow',
      scopes: ['saves:read'],
    })
    const narrow = { 'x-api-key': String(Object(made.body).api_key) }
    for (const [method, path, json] of [
      ['GET', '/chat/reports', undefined],
      ['POST', '/chat/mutes', { player_id: ada.id, reason: 'x', ends_at: null }],
      ['POST', '/chat/tickets', undefined],
    ] as const) {
      expect(codeOf(await stage.server(method, path, json, narrow))).toBe('insufficient_scope')
    }
  })
})

describe('children', () => {
  test('a child without leave neither reads nor writes, and nobody reaches them', async () => {
    const place = await openPrivacyPlace(stack)
    await place.set('age.gate', { enabled: true })
    const [one, other] = [await place.player(), await place.player()]
    const world = newWorld()
    const year = new Date().getUTCFullYear()
    const born = (age: number) => ({ birth_date: `${year - age}-01-01`, country: 'US' })
    expect(codeOf(await one.as('GET', `${pathOf(world)}/messages`))).toBe('age_required')
    await one.as('POST', '/auth/age', born(9))
    await other.as('POST', '/auth/age', born(30))
    expect((await other.as('POST', `${pathOf(world)}/messages`, { text: 'hi' })).status).toBe(201)
    for (const answer of [
      await one.as('GET', pathOf(world)),
      await one.as('GET', `${pathOf(world)}/messages`),
      await one.as('POST', `${pathOf(world)}/messages`, { text: 'hi' }),
      await one.as('POST', `${pathOf(world)}/typing`),
    ]) {
      expect(codeOf(answer)).toBe('parental_consent_required')
    }
    const answer = await other.as('POST', `${pathOf(between(one, other))}/messages`, { text: 'hi' })
    expect(codeOf(answer)).toBe('not_found')
  })
})
