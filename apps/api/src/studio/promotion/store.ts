import { type Db, statement } from '@aethex/shared/db'

export interface PromotionRow {
  project_id: string
  id: string
  from_environment_id: string
  to_environment_id: string
  member_id: string
  undoes: string | null
  items: unknown
  created_at: Date
}

const columns =
  'project_id, id, from_environment_id, to_environment_id, member_id, undoes, items, created_at'

const insert = statement<PromotionRow>(
  'promotions.insert',
  `INSERT INTO promotion (project_id, id, from_environment_id, to_environment_id, member_id, undoes, items)
   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${columns}`,
)
const list = statement<PromotionRow>(
  'promotions.list',
  `SELECT ${columns} FROM promotion WHERE project_id = $1 AND ($2::uuid IS NULL OR id < $2)
   ORDER BY id DESC LIMIT $3`,
)
const find = statement<PromotionRow>(
  'promotions.find',
  `SELECT ${columns} FROM promotion WHERE project_id = $1 AND id = $2`,
)

export async function addPromotion(
  projectId: string,
  tx: Db,
  row: Omit<PromotionRow, 'project_id' | 'created_at'>,
): Promise<PromotionRow> {
  const { id, from_environment_id, to_environment_id, member_id, undoes, items } = row
  const added = await tx.one(insert, [
    projectId,
    id,
    from_environment_id,
    to_environment_id,
    member_id,
    undoes,
    JSON.stringify(items),
  ])
  if (added === undefined) throw new Error('the promotion was not inserted')
  return added
}

/** Newest first, after the promotion `after`. */
export const listPromotionRows = (
  projectId: string,
  db: Db,
  after: string | undefined,
  limit: number,
) => db.all(list, [projectId, after ?? null, limit])

export const findPromotion = (projectId: string, db: Db, id: string) =>
  db.one(find, [projectId, id])
