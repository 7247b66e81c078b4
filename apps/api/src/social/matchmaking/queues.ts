import { mostTogether, readRecording } from '@aethex/shared/matchmaking'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { matchmakingQueues } from './settings.js'

/** What players need to know of the declared queues. */
export async function listQueues(ctx: Ctx) {
  const { queues } = await readSetting(environmentOf(ctx), ctx.db, matchmakingQueues)
  const items = queues.map(queue => ({
    name: queue.name,
    teams: queue.teams.map(({ name, size, roles }) => ({
      name,
      size,
      roles: roles.map(role => role.name),
    })),
    regions: (queue.regions?.list ?? []).map(({ name, ping_url = null }) => ({ name, ping_url })),
    party_size: mostTogether(queue),
    ready_check_seconds: queue.ready_check?.seconds ?? null,
    is_rated: queue.skill !== null && queue.skill.from_rating !== null,
  }))
  return { items, next_cursor: null }
}

const mostEvents = 20_000

/** What happened in a queue, one JSON document a line, for simulations. */
export async function exportRecording(ctx: Ctx, environmentId: string, name: string) {
  const events = await readRecording(ctx.redis, { environmentId, name }, mostEvents)
  return events.map(event => `${JSON.stringify(event)}\n`).join('')
}
