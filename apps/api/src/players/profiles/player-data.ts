import type { PlayerData } from '../../gateway/player-data.js'
import { changeProfile, findProfile, removeAvatars } from './store.js'

/** The row of the player itself goes last, with `players/auth`; here are its fields and the picture. */
export const playerData: PlayerData = {
  name: 'profile',
  tables: [],
  async *exportFor({ db }, environmentId, playerId) {
    const row = await findProfile(environmentId, db, playerId)
    if (row !== undefined) yield { name: 'profile.json', content: row }
  },
  async eraseFor({ db, blobs }, environmentId, playerId) {
    const blank = { avatarUrl: null, locale: null, publicFields: {}, privateFields: {} }
    await changeProfile(environmentId, db, playerId, blank)
    return { 's3:avatars': await removeAvatars(environmentId, blobs, playerId) }
  },
}
