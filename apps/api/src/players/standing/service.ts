import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import type { Parts } from '../../gateway/context.js'
import { enterAccount, findBars, removeResetDemand } from './store.js'

export {
  addBan,
  type BanRow,
  type By,
  type Closure,
  closeAccount,
  demandPasswordReset,
  findResetDemand,
  holdAccount,
  liftBan,
  listBans,
  reopenAccount,
} from './store.js'

interface Ban {
  publicReason: string | null
  endsAt: Date | null
}

const banned = ({ publicReason, endsAt }: Ban) =>
  new Problem('account_banned', {
    extensions: { reason: publicReason, ends_at: endsAt?.toISOString() ?? null },
  })

/** Refuses a player who is banned at this moment (`account_banned`); a ban ends by itself. */
export async function assertNotBanned(
  parts: Pick<Parts, 'now'>,
  environmentId: string,
  db: Db,
  playerId: string,
): Promise<void> {
  const { ban } = await findBars(environmentId, db, playerId, parts.now())
  if (ban !== undefined) throw banned(ban)
}

/**
 * What may keep a player out who has proven who they are: a ban (`account_banned`), or a password that support has
 * declared worthless (`password_reset_required`). Asked in the transaction that opens the session: a ban that is being
 * made meanwhile either is seen here or sees the session.
 */
export async function assertMayEnter(
  parts: Pick<Parts, 'now'>,
  environmentId: string,
  tx: Db,
  playerId: string,
  proof: { method: string },
): Promise<void> {
  await enterAccount(environmentId, tx, playerId)
  const { ban, mustReset, closedReason } = await findBars(environmentId, tx, playerId, parts.now())
  if (closedReason !== undefined) throw new Problem('account_closed')
  if (ban !== undefined) throw banned(ban)
  if (mustReset && proof.method === 'password') throw new Problem('password_reset_required')
}

/** Throws `account_closed`. */
export async function assertOpen(environmentId: string, tx: Db, playerId: string): Promise<void> {
  const { closedReason } = await findBars(environmentId, tx, playerId, new Date())
  if (closedReason !== undefined) throw new Problem('account_closed')
}

/** The player has set a password since: it opens the account again. */
export const passwordWasSet = removeResetDemand
