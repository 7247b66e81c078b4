import type { Closable } from '@aethex/shared/lifecycle'
import { copiedVersions, copyQueueSettings } from '@aethex/shared/matchmaking'
import type { Parts } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { matchmakingQueues } from './settings.js'
import { listSettingVersions } from './store.js'

const pageSize = 1_000
const firstId = '00000000-0000-0000-0000-000000000000'

/**
 * Copies to Redis what studios have declared since the last look; everything after Redis forgot it, and every few
 * minutes in any case.
 */
export async function copyChangedQueues({ db, redis }: Pick<Parts, 'db' | 'redis'>): Promise<void> {
  const copied = await copiedVersions(redis)
  let after = firstId
  for (;;) {
    const rows = await listSettingVersions(after, db, matchmakingQueues.name, pageSize)
    for (const { environment_id: environmentId, version } of rows) {
      if (copied.get(environmentId) === version) continue
      const queues = await readSetting(environmentId, db, matchmakingQueues)
      await copyQueueSettings(redis, environmentId, queues, version)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageSize) return
    after = last.environment_id
  }
}

/** Keeps the relay's copies of the declared queues true. */
export const copyQueues = (parts: Parts): Closable =>
  parts.repeat({
    name: 'matchmaking-queues',
    everyMs: 2_000,
    atStart: true,
    work: () => copyChangedQueues(parts),
  })
