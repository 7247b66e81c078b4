import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { answerForModerators } from '@aethex/shared/tickets'
import type { Parts } from '../../gateway/context.js'
import { mayModerate } from './moderators.js'
import { forgetAllOldChat } from './upkeep.js'

// One run does not hold its place for longer than this; the next goes on.
const runMs = 20_000

/** Keeps messages and reports as long as the settings of their environments say. */
export const forgetChat = (parts: Parts): Closable =>
  parts.repeat({
    name: 'chat',
    everyMs: 600_000,
    work: async () => {
      const endsAt = performance.now() + runMs
      await forgetAllOldChat(parts, () => performance.now() > endsAt)
    },
  })

/** Has the relays close the sockets of moderators who are none any more; every process does. */
export const endModerators = (parts: Parts, log: Logger): Closable =>
  answerForModerators(parts.redis, log, (environmentId, who) =>
    mayModerate(parts, environmentId, who),
  )
