import type { Db } from '@aethex/shared/db'
import { v7 as uuidv7 } from 'uuid'
import type { Ctx, Parts } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { encodeField, stepsOf } from './field.js'
import {
  addEntries,
  addIndex,
  countDocuments,
  holdFields,
  type IndexRow,
  listIndexes,
  listOutdated,
  listUnfinished,
  markDropping,
  noteFollowed,
  noteProgress,
  removeIndex,
  removeSomeEntries,
  writeTotal,
} from './index-store.js'
import { documentIndexes } from './settings.js'
import { takeWholeTurn } from './store.js'

type Database = Pick<Parts, 'db'>

const documentsAtOnce = 200
const entriesAtOnce = 5_000
const sliceMs = 500
const beforeAll = { player: '00000000-0000-0000-0000-000000000000', key: '' }

const isSame = (a: { collection: string; path: string; type: string }, b: typeof a) =>
  a.collection === b.collection && a.path === b.path && a.type === b.type

async function declaredFields(environmentId: string, db: Db) {
  const { collections } = await readSetting(environmentId, db, documentIndexes)
  return Object.entries(collections).flatMap(([collection, fields]) =>
    fields.map(field => ({ collection, ...field })),
  )
}

/**
 * Makes the indexes of an environment those that its setting declares. The writers of the environment wait for it, so
 * that each of them knows of a new index, or has committed before anybody fills it.
 */
async function follow({ db }: Database, environmentId: string, version: number): Promise<void> {
  await db.transaction(async tx => {
    await takeWholeTurn(environmentId, tx)
    const declared = await declaredFields(environmentId, tx)
    const present = (await listIndexes(environmentId, tx)).filter(row => row.state !== 'dropping')
    for (const row of present) {
      if (!declared.some(field => isSame(field, row))) {
        await markDropping(environmentId, tx, row.id)
      }
    }
    for (const field of declared) {
      if (!present.some(row => isSame(field, row))) {
        await addIndex(environmentId, tx, { id: uuidv7(), ...field })
      }
    }
    await noteFollowed(environmentId, tx, version)
  })
}

/** Looks at the next documents of a collection; false when there were no more. */
async function buildSome({ db }: Database, environmentId: string, index: IndexRow) {
  return db.transaction(async tx => {
    const rows = await holdFields(environmentId, tx, {
      collection: index.collection,
      after: index.position ?? beforeAll,
      steps: stepsOf(index.path),
      type: index.type,
      limit: documentsAtOnce,
    })
    const entries = rows.flatMap(({ player_id: playerId, collection, key, access, field }) => {
      const value = encodeField(index.type, field)
      const isPublic = access === 'public'
      return value === undefined
        ? []
        : [{ playerId, collection, key, indexId: index.id, isPublic, value }]
    })
    if (entries.length > 0) await addEntries(environmentId, tx, entries)
    const last = rows.at(-1)
    const position = last === undefined ? null : { player: last.player_id, key: last.key }
    const isLast = rows.length < documentsAtOnce
    await noteProgress(environmentId, tx, index.id, { done: rows.length, position, isLast })
    return isLast ? undefined : position
  })
}

async function build(
  parts: Database,
  environmentId: string,
  index: IndexRow,
  isOver: () => boolean,
) {
  if (index.total === null) {
    const total = await countDocuments(environmentId, parts.db, index.collection)
    await writeTotal(environmentId, parts.db, index.id, total)
  }
  let position = index.position
  while (!isOver()) {
    const next = await buildSome(parts, environmentId, { ...index, position })
    if (next === undefined) return
    position = next
  }
}

async function drop(
  { db }: Database,
  environmentId: string,
  index: IndexRow,
  isOver: () => boolean,
) {
  while ((await removeSomeEntries(environmentId, db, index.id, entriesAtOnce)) === entriesAtOnce) {
    if (isOver()) return
  }
  await removeIndex(environmentId, db, index.id)
}

/** One round: a slice of time for every index that is not finished, so that no large one keeps the small ones waiting. */
async function round(parts: Database, isOver: () => boolean): Promise<boolean> {
  for (const { environment_id: id, version } of await listOutdated(
    documentIndexes.name,
    parts.db,
  )) {
    await follow(parts, id, version)
  }
  const rows = await listUnfinished(parts.db)
  for (const row of rows) {
    if (isOver()) break
    const endsAt = performance.now() + sliceMs
    const work = row.state === 'building' ? build : drop
    await work(parts, row.environment_id, row, () => isOver() || performance.now() > endsAt)
  }
  return rows.length > 0
}

/** Follows changed settings, and builds and removes indexes until all is done or `isOver`. */
export async function keepIndexes(parts: Database, isOver: () => boolean): Promise<void> {
  while ((await round(parts, isOver)) && !isOver());
}

/** The declared fields of an environment, how far their indexes are, and indexes that are on their way out. */
export async function listDocumentIndexes({ db }: Ctx, environmentId: string) {
  const rows = await listIndexes(environmentId, db)
  const declared = await declaredFields(environmentId, db)
  const present = rows.filter(row => row.state !== 'dropping')
  const isWanted = (row: IndexRow) => declared.some(field => isSame(field, row))
  // The job follows the setting a moment later; what is asked for follows it at once.
  const items = [
    ...rows.map(row => ({ ...row, state: isWanted(row) ? row.state : ('dropping' as const) })),
    ...declared
      .filter(field => !present.some(row => isSame(field, row)))
      .map(field => ({ ...field, state: 'waiting' as const, done: 0, total: null })),
  ]
  return { items, next_cursor: null }
}
