import { type Db, statement } from '@aethex/shared/db'

const insert = statement<never>(
  'newcomers.insert',
  'INSERT INTO waiting_newcomer (environment_id, code_hash, brought, created_at) VALUES ($1, $2, $3, $4)',
)
const take = statement<{ brought: unknown }>(
  'newcomers.take',
  'DELETE FROM waiting_newcomer WHERE environment_id = $1 AND code_hash = $2 RETURNING brought',
)
const forget = statement<{ code_hash: Buffer }>(
  'newcomers.forget',
  'DELETE FROM waiting_newcomer WHERE environment_id = $1 AND created_at <= $2 RETURNING code_hash',
)

export const addWaiting = <Brought extends { at: Date }>(
  environmentId: string,
  tx: Db,
  codeHash: Buffer,
  brought: Brought,
) => tx.one(insert, [environmentId, codeHash, JSON.stringify(brought), brought.at])

export const takeWaiting = async (environmentId: string, tx: Db, codeHash: Buffer) =>
  (await tx.one(take, [environmentId, codeHash]))?.brought

/** How many newcomers never came back. */
export const forgetWaitingBefore = async (environmentId: string, db: Db, time: Date) =>
  (await db.all(forget, [environmentId, time])).length
