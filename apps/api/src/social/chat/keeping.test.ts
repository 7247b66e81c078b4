import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Parts } from '../../gateway/context.js'
import {
  between,
  type ChatStage,
  messagesOf,
  newWorld,
  openChatStage,
  pathOf,
  type Talker,
} from '../../testing/chat-stage.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { mergeable } from './merging.js'
import { playerData } from './player-data.js'
import { forgetOldChat } from './upkeep.js'

const stack = inject('stack')
let stage: ChatStage
let stored: Stored
let ada: Talker
let ben: Talker

beforeAll(async () => {
  stage = await openChatStage(stack)
  stored = openStored(stack)
  ;[ada, ben] = await Promise.all([stage.newTalker(), stage.newTalker()])
})
afterAll(() => stored.close())

async function bytesOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function exported(playerId: string) {
  const { environmentId } = stage.environment
  const files: Record<string, unknown> = {}
  for await (const { name, content } of playerData.exportFor(stored, environmentId, playerId)) {
    const isStream = typeof content === 'object' && Symbol.asyncIterator in content
    files[name] = isStream ? JSON.parse(await bytesOf(content)) : content
  }
  return files
}

test('an export holds what the player said and set, and nothing that others said', async () => {
  const world = newWorld()
  await ada.say(world, 'mine')
  await ben.say(world, 'not mine')
  await ada.say(between(ada, ben), 'between us')
  await ada.api('PUT', `/chat/silenced/${ben.id}`)
  await ada.api('DELETE', `/chat/silenced/${ben.id}`)
  const files = await exported(ada.id)
  expect(files['messages.json']).toMatchObject([
    { channel: between(ada, ben), number: 1, text: 'between us' },
    { channel: world, number: 1, text: 'mine' },
  ])
  expect(files['chat.json']).toMatchObject({ silenced: [], mutes: [], reports: [] })
  expect(JSON.stringify(files)).not.toContain('not mine')
})

test('after an erasure the player is nowhere in chat; of their messages others see that they were', async () => {
  const { environmentId } = stage.environment
  const zoe = await stage.newTalker()
  const [world, direct] = [newWorld(), between(zoe, ben)]
  await zoe.say(world, 'I am Zoe', { data: { mail: 'zoe@player.example' } })
  await ben.say(world, `hello @${zoe.username}`)
  await ben.api('POST', `${pathOf(world)}/messages/1/report`, { reason: 'Zoe is rude.' })
  await zoe.api('POST', `${pathOf(world)}/messages/2/report`, { reason: 'So is Ben.' })
  await ada.say(world, 'and I')
  await ada.api('PUT', `/chat/silenced/${zoe.id}`)
  await ben.say(direct, 'psst')
  await stage.server('POST', '/chat/mutes', { player_id: zoe.id, reason: 'x', ends_at: null })
  await ada.api('DELETE', `/chat/silenced/${zoe.id}`)
  await ben.api('POST', `${pathOf(world)}/messages/3/report`, { reason: 'With Zoe around it.' })

  const first = await playerData.eraseFor(stored, environmentId, zoe.id)
  expect(first).toMatchObject({ chat_channel: 1, chat_message: 2, chat_mute: 1, chat_report: 3 })
  const again = await playerData.eraseFor(stored, environmentId, zoe.id)
  expect(Object.values(again).every(count => count === 0)).toBe(true)

  for (const table of [...playerData.tables, 'chat_channel']) {
    for (const needle of [zoe.id, 'zoe@player.example', 'I am Zoe']) {
      const sql = `SELECT 1 FROM ${table} t WHERE t::text ILIKE $1`
      expect(await stored.rows(sql, `%${needle}%`), `${table}: ${needle}`).toEqual([])
    }
  }
  const said = messagesOf(await ben.api('GET', `${pathOf(world)}/messages`))
  expect(said[0]).toMatchObject({
    number: 1,
    from: null,
    by: 'player',
    text: null,
    deleted: 'erased',
  })
  expect(said[1]).toMatchObject({ number: 2, mentions: [] })
  expect(await ben.read(direct)).toEqual([])
})

test('H18: a mute goes along when accounts are merged, and so does who is not read, until that is undone', async () => {
  const [muted, rude, clean] = await Promise.all([
    stage.newTalker(),
    stage.newTalker(),
    stage.newTalker(),
  ])
  await stage.server('POST', '/chat/mutes', { player_id: muted.id, reason: 'x', ends_at: null })
  await muted.api('PUT', `/chat/silenced/${rude.id}`)
  await ben.api('PUT', `/chat/silenced/${muted.id}`)
  const { environmentId } = stage.environment
  const fusion = { environmentId, from: muted.id, to: clean.id }
  // Of the parts this feature uses none.
  const parts = {} as Parts
  const world = newWorld()
  const state = async () => ({
    says: (await clean.say(world, 'hello')).status,
    silences: Object((await clean.api('GET', '/chat/silenced')).body).items.length,
    isHeard: (await ben.read(world)).length > 0,
  })
  const memory = await stored.db.transaction(tx => mergeable.merge(parts, tx, fusion))
  expect(await state()).toEqual({ says: 403, silences: 1, isHeard: false })
  await stored.db.transaction(tx => mergeable.undo(parts, tx, fusion, memory))
  expect(await state()).toEqual({ says: 201, silences: 0, isHeard: true })
  expect((await muted.say(world, 'hello')).status).toBe(403)
})

test('messages, reports and forgotten channels are deleted when they are older than the studio keeps them', async () => {
  const [world, direct] = [newWorld(), between(ada, ben)]
  const days = { world: 10, group: null, room: 7, party: 7, direct: null }
  await stage.set('chat.retention', { days, report_days: 60 })
  await ada.say(world, 'old')
  await ada.say(direct, 'kept')
  await ben.api('POST', `${pathOf(world)}/messages/1/report`, { reason: 'It is old.' })
  const after = (count: number) => {
    const now = () => new Date(Date.now() + count * 86_400_000)
    return forgetOldChat({ db: stored.db, now }, stage.environment.environmentId, () => false)
  }
  const numbers = async () =>
    messagesOf(await ben.api('GET', `${pathOf(world)}/messages`)).map(({ number }) => number)
  const reports = async () => Object((await stage.server('GET', '/chat/reports')).body).items.length
  await after(9)
  expect(await ben.read(world)).toEqual(['old'])
  await after(11)
  expect(await ben.read(world)).toEqual([])
  // Somebody may still remember the numbers: they go on where they were.
  await ada.say(world, 'new')
  expect(await numbers()).toEqual([2])
  const held = await reports()
  await after(31)
  const channels = 'SELECT key FROM chat_channel WHERE environment_id = $1 ORDER BY key'
  expect(await stored.rows(channels, stage.environment.environmentId)).toEqual([{ key: direct }])
  await ada.say(world, 'anew')
  expect(await numbers()).toEqual([1])
  expect(await reports()).toBe(held)
  await after(61)
  expect(await reports()).toBe(0)
  expect(await ben.read(direct)).toContain('kept')
})
