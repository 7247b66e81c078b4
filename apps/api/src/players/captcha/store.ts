import { type Db, statement } from '@aethex/shared/db'

const write = statement<never>(
  'captcha.write_secret',
  `INSERT INTO captcha_secret (environment_id, sealed) VALUES ($1, $2)
   ON CONFLICT (environment_id) DO UPDATE SET sealed = excluded.sealed, updated_at = now()`,
)
const find = statement<{ sealed: Buffer }>(
  'captcha.find_secret',
  'SELECT sealed FROM captcha_secret WHERE environment_id = $1',
)

export const writeSecret = (environmentId: string, tx: Db, sealed: Buffer) =>
  tx.one(write, [environmentId, sealed])

export const findSecret = async (environmentId: string, db: Db) =>
  (await db.one(find, [environmentId]))?.sealed
