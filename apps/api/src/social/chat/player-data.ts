import type { PlayerData } from '../../gateway/player-data.js'
import { allSaid, eraseChat, otherChatData, type SaidRow } from './data-store.js'

/** One JSON array of all that was said, made while it is read. */
async function* linesOf(rows: AsyncIterable<SaidRow>) {
  let isFirst = true
  for await (const { channel_key: _key, ...row } of rows) {
    yield Buffer.from(`${isFirst ? '[' : ',\n'}${JSON.stringify(row)}`)
    isFirst = false
  }
  yield Buffer.from(isFirst ? '[]' : ']')
}

export const playerData: PlayerData = {
  name: 'chat',
  tables: ['chat_message', 'chat_mark', 'chat_silence', 'chat_mute', 'chat_report'],
  async *exportFor({ db }, environmentId, playerId) {
    yield { name: 'messages.json', content: linesOf(allSaid(environmentId, db, playerId)) }
    yield { name: 'chat.json', content: await otherChatData(environmentId, db, playerId) }
  },
  eraseFor: ({ db }, environmentId, playerId) => eraseChat(environmentId, db, playerId),
}
