import { audit } from '@aethex/shared/audit'
import { chatKinds } from '@aethex/shared/chat'
import type { Db } from '@aethex/shared/db'
import type { Parts } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { chatRetention } from './settings.js'
import {
  environmentsWithChat,
  removeChannelsQuietSince,
  removeMessagesBefore,
  removeReportsBefore,
} from './upkeep-store.js'

const dayMs = 86_400_000
const rowsAtOnce = 5_000
/**
 * A channel without messages is forgotten when nobody has spoken in it for so long. Its numbers would begin anew, and no
 * client that remembers the old ones is still there.
 */
const quietDays = 30

type Upkeep = Pick<Parts, 'db' | 'now'>

/** Deletes some of what is too old; answers how many. */
type Remove = (tx: Db) => Promise<number>

const forgetSome = ({ db }: Upkeep, environmentId: string, what: string, remove: Remove) =>
  db.transaction(async tx => {
    const count = await remove(tx)
    if (count === 0) return 0
    await audit(tx, {
      environmentId,
      actor: { kind: 'job', id: 'chat' },
      action: 'chat.retention',
      details: { kind: what, count },
      requestId: 'job',
    })
    return count
  })

/** Deletes what an environment keeps of chat for longer than its settings say, until all is done or `isOver`. */
export async function forgetOldChat(
  parts: Upkeep,
  environmentId: string,
  isOver: () => boolean,
): Promise<void> {
  const { days, report_days: reportDays } = await readSetting(
    environmentId,
    parts.db,
    chatRetention,
  )
  const daysAgo = (count: number) => new Date(parts.now().getTime() - count * dayMs)
  async function forgetAll(what: string, remove: Remove): Promise<void> {
    let removed = rowsAtOnce
    while (removed === rowsAtOnce && !isOver()) {
      removed = await forgetSome(parts, environmentId, what, remove)
    }
  }
  for (const kind of chatKinds) {
    const kept = days[kind]
    if (kept === null) continue
    const [old, quiet] = [daysAgo(kept), daysAgo(Math.max(kept, quietDays))]
    await forgetAll(kind, tx => removeMessagesBefore(environmentId, tx, kind, old, rowsAtOnce))
    await forgetAll(`quiet ${kind}`, tx =>
      removeChannelsQuietSince(environmentId, tx, kind, quiet, rowsAtOnce),
    )
  }
  if (reportDays === null) return
  const before = daysAgo(reportDays)
  await forgetAll('report', tx => removeReportsBefore(environmentId, tx, before, rowsAtOnce))
}

/** The same of all environments. */
export async function forgetAllOldChat(parts: Upkeep, isOver: () => boolean): Promise<void> {
  for (const environmentId of await environmentsWithChat(parts.db)) {
    if (isOver()) return
    await forgetOldChat(parts, environmentId, isOver)
  }
}
