import type { Parts } from '../../gateway/context.js'
import { discardPacks } from '../saves/service.js'
import { listAllStaged, removeKeys, removeStaged } from './staged-store.js'
import { removeUpload } from './store.js'
import {
  allUploads,
  countParts,
  findOpenAmong,
  listExpired,
  type UploadName,
} from './sweep-store.js'

type SweepParts = Pick<Parts, 'db' | 'blobs' | 'now'>

const pageSize = 100

/** Rows first: objects without rows are only left over. */
async function forgetUpload(
  { db, blobs }: Pick<Parts, 'db' | 'blobs'>,
  { environment_id: environmentId, player_id: playerId, upload_id: uploadId }: UploadName,
): Promise<number> {
  const packs = await db.transaction(tx => removeUpload(environmentId, tx, playerId, uploadId))
  await discardPacks({ db, blobs }, environmentId, playerId, packs)
  return removeStaged(environmentId, blobs, uploadId)
}

/** Forgets all uploads of a player; answers how much there was, by table or store. */
export async function forgetUploadsOf(
  environmentId: string,
  { db, blobs }: Pick<Parts, 'db' | 'blobs'>,
  playerId: string,
): Promise<Record<string, number>> {
  const uploads = await allUploads(environmentId, db, playerId)
  const { parts, packs } = await countParts(environmentId, db, playerId)
  let staged = 0
  for (const { upload_id } of uploads) {
    const name = { environment_id: environmentId, player_id: playerId, upload_id }
    staged += await forgetUpload({ db, blobs }, name)
  }
  return {
    save_upload: uploads.length,
    save_upload_part: parts,
    save_upload_pack: packs,
    's3:uploads': staged,
  }
}

/** Forgets the uploads whose time is over. */
export async function forgetExpired(parts: SweepParts): Promise<void> {
  for (;;) {
    const page = await listExpired(parts.now(), parts.db, pageSize)
    for (const upload of page) await forgetUpload(parts, upload)
    if (page.length < pageSize) return
  }
}

/** Removes what was staged for uploads that go on no more: an address is good for minutes after they have ended. */
export async function sweepStaged({ db, blobs }: SweepParts): Promise<void> {
  for await (const staged of listAllStaged(blobs)) {
    const open = await findOpenAmong(staged, db)
    const left = staged.filter(({ uploadId }) => !open.has(uploadId))
    if (left.length > 0)
      await removeKeys(
        blobs,
        left.map(({ key }) => key),
      )
  }
}
