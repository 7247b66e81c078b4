import { audit } from '@aethex/shared/audit'
import { chatKinds } from '@aethex/shared/chat'
import type { Parts } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { chatRetention } from './settings.js'
import { environmentsWithChat, removeMessagesBefore } from './upkeep-store.js'

const dayMs = 86_400_000
const rowsAtOnce = 5_000

/** Deletes the messages that are older than the settings of their environments say, until all is done or `isOver`. */
export async function forgetOldMessages(
  { db, now }: Pick<Parts, 'db' | 'now'>,
  isOver: () => boolean = () => false,
): Promise<void> {
  for (const environmentId of await environmentsWithChat(db)) {
    const { days } = await readSetting(environmentId, db, chatRetention)
    for (const kind of chatKinds) {
      const keptDays = days[kind]
      if (keptDays === null) continue
      const before = new Date(now().getTime() - keptDays * dayMs)
      for (let removed = rowsAtOnce; removed === rowsAtOnce; ) {
        if (isOver()) return
        removed = await db.transaction(async tx => {
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
      }
    }
  }
}
