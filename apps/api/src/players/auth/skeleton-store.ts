import { type Db, statement, violatedConstraint } from '@aethex/shared/db'
import { skeletonOf } from './skeleton.js'

interface NamedRow {
  environment_id: string
  id: string
  username: string
}

const batchSize = 500

const listMissing = statement<NamedRow>(
  'skeletons.list_missing',
  `SELECT environment_id, id, username FROM player WHERE username_skeleton IS NULL
   ORDER BY created_at, id LIMIT ${batchSize}`,
)
const store = statement<never>(
  'skeletons.store',
  `UPDATE player SET username_skeleton = $3
   WHERE environment_id = $1 AND id = $2 AND username_skeleton IS NULL`,
)

/** Of two names that look alike the older one gets the skeleton; the younger keeps its id in that place. */
async function draw(db: Db, { environment_id, id, username }: NamedRow): Promise<void> {
  try {
    await db.one(store, [environment_id, id, skeletonOf(username)])
  } catch (error) {
    if (violatedConstraint(error) !== 'player_environment_id_username_skeleton_key') throw error
    await db.one(store, [environment_id, id, id])
  }
}

/** Draws the skeletons of all tenants' names that have none yet. */
export async function drawMissingSkeletons(db: Db): Promise<void> {
  for (;;) {
    const rows = await db.all(listMissing, [])
    for (const row of rows) await draw(db, row)
    if (rows.length < batchSize) return
  }
}
