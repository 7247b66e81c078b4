import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import type { PlayerData } from '../../gateway/player-data.js'
import {
  listClosedEnvironments,
  listEmptyOrganizations,
  listEmptyProjects,
  listPlayersLeft,
  type Parent,
  removeParent,
  removePlayerRows,
  removeSomeRows,
  tablesBelow,
} from './clearing-store.js'
import { endSomeSessions } from './closing.js'

const everyMs = 10_000
// One run does not hold its place for longer than this; the next goes on.
const runMs = 30_000
const playersAtOnce = 50
const rowsAtOnce = 2_000

type Deadline = () => boolean

/** Ends what sessions are left. */
async function endSessions(parts: Parts, environmentId: string): Promise<void> {
  while ((await parts.db.transaction(tx => endSomeSessions([environmentId], tx))) > 0) {
    parts.outbox.wake()
  }
}

/** Forgets the players of an environment in every store. False when time ran out. */
async function clearPlayers(
  parts: Parts,
  features: readonly PlayerData[],
  environmentId: string,
  isOver: Deadline,
): Promise<boolean> {
  for (;;) {
    const ids = await listPlayersLeft(environmentId, parts.db, playersAtOnce)
    if (ids.length === 0) return true
    for (const id of ids) {
      for (const feature of features) await feature.eraseFor(parts, environmentId, id)
      if (isOver()) return false
    }
    await removePlayerRows(environmentId, parts.db, ids)
  }
}

/** Removes what goes with a row, some at a time, and then the row. False when time ran out. */
async function remove(parts: Parts, parent: Parent, id: string, isOver: Deadline) {
  for (const table of await tablesBelow(parent, parts.db)) {
    while ((await removeSomeRows(id, parts.db, table, rowsAtOnce)) === rowsAtOnce) {
      if (isOver()) return false
    }
  }
  await removeParent(id, parts.db, parent)
  return true
}

/** Clears away what was deleted: players with all that features keep of them, then rows, then the shells. */
export async function clearAway(
  parts: Parts,
  log: Logger,
  features: readonly PlayerData[],
): Promise<void> {
  const endsAt = performance.now() + runMs
  const isOver = () => performance.now() > endsAt
  for (const { id, is_ripe: isRipe } of await listClosedEnvironments(parts.db)) {
    try {
      await endSessions(parts, id)
      if (!(await clearPlayers(parts, features, id, isOver))) return
      if (isRipe && !(await remove(parts, 'environment', id, isOver))) return
    } catch (error) {
      // A part that is out keeps this one waiting, and not the others.
      log.warn({ err: error, environment_id: id }, 'a deleted environment waits')
    }
  }
  for (const id of await listEmptyProjects(parts.db)) await remove(parts, 'project', id, isOver)
  for (const id of await listEmptyOrganizations(parts.db)) {
    await remove(parts, 'organization', id, isOver)
  }
}

/** Keeps doing so by the clock, on one process of many. */
export const clearingAway =
  (features: readonly PlayerData[]) =>
  (parts: Parts, log: Logger): Closable =>
    parts.repeat({ name: 'clear-away', everyMs, work: () => clearAway(parts, log, features) })
