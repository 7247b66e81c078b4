import { audit } from '@aethex/shared/audit'
import { type ChatKind, chatKinds } from '@aethex/shared/chat'
import type { Parts } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { chatRetention } from './settings.js'
import { environmentsWithChat, removeMessagesBefore } from './upkeep-store.js'

const dayMs = 86_400_000
const rowsAtOnce = 5_000

type Upkeep = Pick<Parts, 'db' | 'now'>

/** Deletes some messages of a kind that are too old, and writes down how many; answers that. */
const forgetSome = ({ db }: Upkeep, environmentId: string, kind: ChatKind, before: Date) =>
  db.transaction(async tx => {
    const count = await removeMessagesBefore(environmentId, tx, kind, before, rowsAtOnce)
    if (count === 0) return 0
    await audit(tx, {
      environmentId,
      actor: { kind: 'job', id: 'chat' },
      action: 'chat.retention',
      details: { kind, count },
      requestId: 'job',
    })
    return count
  })

/** Deletes the messages of an environment that are older than its settings say, until all is done or `isOver`. */
export async function forgetOldMessages(
  parts: Upkeep,
  environmentId: string,
  isOver: () => boolean,
): Promise<void> {
  const { days } = await readSetting(environmentId, parts.db, chatRetention)
  for (const kind of chatKinds) {
    const keptDays = days[kind]
    if (keptDays === null) continue
    const before = new Date(parts.now().getTime() - keptDays * dayMs)
    let removed = rowsAtOnce
    while (removed === rowsAtOnce && !isOver()) {
      removed = await forgetSome(parts, environmentId, kind, before)
    }
  }
}

/** The same of all environments. */
export async function forgetAllOldMessages(parts: Upkeep, isOver: () => boolean): Promise<void> {
  for (const environmentId of await environmentsWithChat(parts.db)) {
    if (isOver()) return
    await forgetOldMessages(parts, environmentId, isOver)
  }
}
