import { announce } from '@aethex/shared/bus'
import type { Db } from '@aethex/shared/db'
import type { Parts } from '../../gateway/context.js'
import {
  closeEnvironmentRows,
  closeProjectRows,
  endSessionsIn,
  openEnvironmentsOf,
  openProjectsOf,
} from './closing-store.js'

/** What must be refused from now on. */
export interface ClosedDoors {
  /** Of environments and of keys. */
  ids: readonly string[]
}

// The others follow by the clock: a deletion must not be one transaction over a million rows.
const atOnce = 500

/** Ends sessions of closed environments, and has their sockets closed. Answers how many. */
export async function endSomeSessions(environmentIds: readonly string[], tx: Db): Promise<number> {
  const ended = await endSessionsIn(environmentIds, tx, atOnce)
  for (const { environment_id, player_id, id } of ended) {
    await announce(tx, {
      topic: 'session.revoked',
      payload: { environment_id, player_id, session_id: id },
    })
  }
  return ended.length
}

/**
 * Shuts environments for good within the caller's transaction: no key, token or id of theirs works once it has
 * committed. What is in them is cleared away by the clock. Then hand the answer to `projectsClosed`.
 */
export async function closeEnvironments(
  environmentIds: readonly string[],
  tx: Db,
): Promise<ClosedDoors> {
  const keyIds = await closeEnvironmentRows(environmentIds, tx)
  await endSomeSessions(environmentIds, tx)
  return { ids: [...environmentIds, ...keyIds] }
}

/** Shuts whole projects. */
export async function closeProjects(projectIds: readonly string[], tx: Db): Promise<ClosedDoors> {
  const doors = await closeEnvironments(await openEnvironmentsOf(projectIds, tx), tx)
  await closeProjectRows(projectIds, tx)
  return doors
}

/** Shuts every project of an organisation. */
export const closeProjectsOf = async (organizationId: string, tx: Db): Promise<ClosedDoors> =>
  closeProjects(await openProjectsOf(organizationId, tx), tx)

/** After the commit: this process refuses keys and pages at once, the others within half a second. */
export function projectsClosed(parts: Parts, { ids }: ClosedDoors): void {
  for (const id of ids) parts.revocations.note(id)
  parts.outbox.wake()
}
