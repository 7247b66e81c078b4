import { v7 as uuidv7 } from 'uuid'
import { audit } from '../audit/index.js'
import {
  countDataKeysNotUnder,
  dataKeysNotUnder,
  replaceWraps,
  type StoredDataKey,
} from './data-key-rows.js'
import { UnknownMasterKey, type Wrap, WrapRefused, wrapSurely } from './master-keys.js'
import { aFewAtATime, nobodysId, type RotationParts } from './rotation.js'

export interface Rewrapped {
  rewrapped: number
  /**
   * Keys that are under another master key still: no configured one opens them (the log names them), or processes
   * that do not know the current one go on making keys.
   */
  left: number
}

const mostPasses = 3

/** Undefined for a key that cannot be opened; throws when the KMS does not answer. */
async function rewrap(
  { masterKeys, log }: RotationParts,
  row: StoredDataKey,
): Promise<{ row: StoredDataKey; wrap: Wrap } | undefined> {
  const context = { environmentId: row.environment_id, keyId: row.key_id }
  try {
    const secret = await masterKeys.unwrap(row.master_key_id, row.wrapped, context)
    const wrap = await wrapSurely(masterKeys, secret, context)
    secret.fill(0)
    return { row, wrap }
  } catch (error) {
    if (!(error instanceof WrapRefused || error instanceof UnknownMasterKey)) throw error
    const named = { environment_id: row.environment_id, data_key: row.key_id }
    log.error({ err: error, ...named }, 'alarm: a wrapped data key cannot be opened')
    return undefined
  }
}

async function store(
  { db }: RotationParts,
  changes: readonly { row: StoredDataKey; wrap: Wrap }[],
  target: string,
): Promise<number> {
  if (changes.length === 0) return 0
  return db.transaction(async tx => {
    const replaced = await replaceWraps(changes, tx)
    if (replaced > 0) {
      const entry = { action: 'data_keys.rewrap', target, details: { data_keys: replaced } }
      await audit(tx, { actor: { kind: 'job' }, ...entry, requestId: uuidv7() })
    }
    return replaced
  })
}

/** Goes once through all keys; answers how many it has wrapped. */
async function passOnce(parts: RotationParts, currentId: string): Promise<number> {
  const { db, log, batch = 100 } = parts
  let rewrapped = 0
  let after = { environment_id: nobodysId, key_id: 0 }
  for (;;) {
    const rows = await dataKeysNotUnder(currentId, after, batch, db)
    const last = rows.at(-1)
    if (last === undefined) return rewrapped
    const changes = await aFewAtATime(rows, row => rewrap(parts, row))
    rewrapped += await store(
      parts,
      changes.flatMap(change => change ?? []),
      currentId,
    )
    log.info({ rewrapped, master_key: currentId }, 'data keys are being wrapped anew')
    after = last
  }
}

/**
 * Wraps every data key under the current master key. What is sealed with the data keys stays as it is, and everybody
 * who has both master keys reads on. A run that is cut short leaves each key whole, under the old or the new one, and
 * the next run goes on from there; two runs at once do no harm.
 */
export async function rewrapDataKeys(parts: RotationParts): Promise<Rewrapped> {
  let rewrapped = 0
  // A process that has not heard of the new master key may make a key behind our back, so we look again.
  for (let pass = 0; pass < mostPasses; pass++) {
    const found = await passOnce(parts, await parts.masterKeys.currentId())
    rewrapped += found
    if (found === 0) break
  }
  const left = await countDataKeysNotUnder(await parts.masterKeys.currentId(), parts.db)
  return { rewrapped, left }
}
