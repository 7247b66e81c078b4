import type { PlayerData } from '../../gateway/player-data.js'
import { allUploads } from './sweep-store.js'
import { forgetUploadsOf } from './sweeping.js'

/** Files on their way: their bytes are in an export once they are a save, and forgotten in a day if they never are. */
export const playerData: PlayerData = {
  name: 'save-uploads',
  tables: ['save_upload', 'save_upload_part', 'save_upload_pack'],
  async *exportFor({ db }, environmentId, playerId) {
    const uploads = await allUploads(environmentId, db, playerId)
    if (uploads.length > 0) yield { name: 'uploads.json', content: uploads }
  },
  eraseFor: ({ db, blobs }, environmentId, playerId) =>
    forgetUploadsOf(environmentId, { db, blobs }, playerId),
}
