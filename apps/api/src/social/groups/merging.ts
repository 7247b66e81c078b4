import type { Db } from '@aethex/shared/db'
import { z } from 'zod'
import type { Mergeable } from '../../gateway/player-data.js'
import { isBanned, putBan, removeBan } from './ban-store.js'
import { bansOf, groupIdsOf, moveSeat } from './data-store.js'
import { addMember, findMember, writeRole } from './member-store.js'
import { takeOut } from './members.js'
import { giveLead, lockGroup } from './store.js'

const Memory = z.object({
  /** Groups in which the seat itself came over. */
  moved: z.array(z.string()),
  /** Groups of both accounts, and what the one that closed was there. */
  given_up: z.array(z.object({ group_id: z.string(), was_officer: z.boolean() })),
  /** Groups that keep out the other account, too, from then on. */
  banned: z.array(z.string()),
})
type Memory = z.infer<typeof Memory>

interface Way {
  environmentId: string
  groupId: string
  from: string
  to: string
}

/** The seat with the lead, if it has that. */
async function carrySeat(tx: Db, { environmentId, groupId, from, to }: Way): Promise<void> {
  const group = await lockGroup(environmentId, tx, groupId)
  await moveSeat(environmentId, tx, groupId, { from, to })
  if (group?.leader_id === from) await giveLead(environmentId, tx, groupId, to)
}

async function fuseIn(tx: Db, way: Way, memory: Memory): Promise<void> {
  const { environmentId, groupId, from, to } = way
  const group = await lockGroup(environmentId, tx, groupId)
  const theirs = await findMember(environmentId, tx, groupId, from)
  if (group === undefined || theirs === undefined) return
  const own = await findMember(environmentId, tx, groupId, to)
  if (own === undefined && !(await isBanned(environmentId, tx, groupId, to))) {
    await carrySeat(tx, way)
    memory.moved.push(groupId)
    return
  }
  const was_officer = theirs.role !== 'member'
  if (own !== undefined && theirs.role === 'leader') {
    await giveLead(environmentId, tx, groupId, to)
  } else if (own?.role === 'member' && was_officer) {
    await writeRole(environmentId, tx, groupId, to, 'officer')
  }
  await takeOut(environmentId, tx, groupId, from)
  memory.given_up.push({ group_id: groupId, was_officer })
}

/** Two accounts in groups become one: its seats, the higher role where both have one, and the bans of either. */
export const mergeable: Mergeable = {
  describe: async ({ db }, environmentId, playerId) => ({
    groups: (await groupIdsOf(environmentId, db, playerId)).length,
  }),
  async merge(_parts, tx, { environmentId, from, to }) {
    const memory: Memory = { moved: [], given_up: [], banned: [] }
    // In one order, so that two merges wait for each other instead of blocking.
    for (const groupId of (await groupIdsOf(environmentId, tx, from)).sort()) {
      await fuseIn(tx, { environmentId, groupId, from, to }, memory)
    }
    for (const { group_id, ...ban } of await bansOf(environmentId, tx, from)) {
      if (await isBanned(environmentId, tx, group_id, to)) continue
      if ((await findMember(environmentId, tx, group_id, to)) !== undefined) continue
      await putBan(environmentId, tx, group_id, { ...ban, player_id: to })
      memory.banned.push(group_id)
    }
    return memory
  },
  async undo(_parts, tx, { environmentId, from, to }, kept) {
    const { moved, given_up, banned } = Memory.parse(kept)
    for (const groupId of [...moved].sort()) {
      await carrySeat(tx, { environmentId, groupId, from: to, to: from })
    }
    for (const { group_id, was_officer } of given_up) {
      if ((await lockGroup(environmentId, tx, group_id)) === undefined) continue
      if (!(await addMember(environmentId, tx, group_id, from))) continue
      if (was_officer) await writeRole(environmentId, tx, group_id, from, 'officer')
    }
    for (const groupId of banned) await removeBan(environmentId, tx, groupId, to)
  },
}
