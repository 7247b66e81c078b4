import type { Parts } from '../../gateway/context.js'
import type { PlayerData } from '../../gateway/player-data.js'
import { allSaid, eraseChat, otherChatData, type SaidRow } from './data-store.js'
import { mergeable } from './merging.js'

/** One JSON array of all that was said, made while it is read. */
async function* listOf(rows: AsyncIterable<SaidRow>) {
  let isFirst = true
  for await (const { channel_key: _key, ...row } of rows) {
    yield Buffer.from(`${isFirst ? '[' : ',\n'}${JSON.stringify(row)}`)
    isFirst = false
  }
  yield Buffer.from(isFirst ? '[]' : ']')
}

type Needed = Pick<Parts, 'db'>

export const playerData = {
  name: 'chat',
  tables: ['chat_message', 'chat_mark', 'chat_silence', 'chat_mute', 'chat_report'],
  async *exportFor({ db }: Needed, environmentId: string, playerId: string) {
    yield { name: 'messages.json', content: listOf(allSaid(environmentId, db, playerId)) }
    yield { name: 'chat.json', content: await otherChatData(environmentId, db, playerId) }
  },
  eraseFor: ({ db }: Needed, environmentId: string, playerId: string) =>
    eraseChat(environmentId, db, playerId),
  mergeable,
} satisfies PlayerData
