import type { Parts } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { worldHistory } from './settings.js'
import {
  listEndedWorlds,
  listTrimmable,
  removeSomeEvents,
  removeWorld,
  trimEvents,
  type WorldName,
} from './upkeep-store.js'

type Upkeep = Pick<Parts, 'db' | 'now'>

const rowsAtOnce = 5_000
const hourMs = 3_600_000
const first: WorldName = { environment_id: '00000000-0000-0000-0000-000000000000', world_id: '' }

async function clearEnded({ db }: Upkeep, isOver: () => boolean): Promise<void> {
  for (const { environment_id: id, world_id: worldId } of await listEndedWorlds(db)) {
    while ((await removeSomeEvents(id, db, worldId, rowsAtOnce)) === rowsAtOnce) {
      if (isOver()) return
    }
    await removeWorld(id, db, worldId)
  }
}

async function trim({ db, now }: Upkeep, isOver: () => boolean): Promise<void> {
  for (let last = first; ; ) {
    const worlds = await listTrimmable(last, db)
    for (const { environment_id: id, world_id: worldId, oldest_snapshot: sequence } of worlds) {
      const { keep_events_hours: hours } = await readSetting(id, db, worldHistory)
      const before = new Date(now().getTime() - hours * hourMs)
      const to = { sequence, before, limit: rowsAtOnce }
      while ((await trimEvents(id, db, worldId, to)) === rowsAtOnce) {
        if (isOver()) return
      }
    }
    const end = worlds.at(-1)
    if (end === undefined || isOver()) return
    last = end
  }
}

/** Removes worlds that are over, and events that the oldest kept snapshot holds, until all is done or `isOver`. */
export async function keepWorlds(parts: Upkeep, isOver: () => boolean): Promise<void> {
  await clearEnded(parts, isOver)
  await trim(parts, isOver)
}
