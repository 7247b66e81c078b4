import { randomBytes } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import { audit } from '../audit/index.js'
import { violatedConstraint } from '../db/index.js'
import {
  databaseTime,
  insertDataKey,
  newestMadeBefore,
  retireDataKeysBefore,
} from './data-key-rows.js'
import { dataKeyBytes } from './data-keys.js'
import { wrapSurely } from './master-keys.js'
import { aFewAtATime, nobodysId, type RotationParts } from './rotation.js'

/** False when another run has made that key, or the environment is gone. */
async function renew(
  { db, masterKeys }: RotationParts,
  environmentId: string,
  keyId: number,
): Promise<boolean> {
  const secret = randomBytes(dataKeyBytes)
  const wrap = await wrapSurely(masterKeys, secret, { environmentId, keyId })
  secret.fill(0)
  try {
    return await db.transaction(async tx => {
      if (!(await insertDataKey(environmentId, keyId, wrap, tx))) return false
      await retireDataKeysBefore(environmentId, keyId, tx)
      const entry = { action: 'data_keys.renew', target: String(keyId) }
      await audit(tx, { environmentId, actor: { kind: 'job' }, ...entry, requestId: uuidv7() })
      return true
    })
  } catch (error) {
    if (violatedConstraint(error) === undefined) throw error
    return false
  }
}

/**
 * Makes the next data key of every environment whose newest was made before `olderThan` (now, by the clock of the
 * database, unless it is said). Writers take it within a minute; the keys before it go on opening what they sealed.
 * Answers how many were made. A run that is cut short goes on when it is given the same moment again.
 */
export async function renewDataKeys(
  parts: RotationParts,
  olderThan: Date | undefined,
): Promise<number> {
  const { db, log, batch = 100 } = parts
  const before = olderThan ?? (await databaseTime(db))
  let renewed = 0
  let after = nobodysId
  log.info({ older_than: before }, 'new data keys: the same --older-than goes on with this run')
  for (;;) {
    const rows = await newestMadeBefore(before, after, batch, db)
    const last = rows.at(-1)
    if (last === undefined) return renewed
    const made = await aFewAtATime(rows, row => renew(parts, row.environment_id, row.key_id + 1))
    renewed += made.filter(Boolean).length
    log.info({ renewed }, 'new data keys are being made')
    after = last.environment_id
  }
}
