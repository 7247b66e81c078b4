import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { answerWhatMayStand } from '@aethex/shared/rooms'
import type { Parts } from '../../gateway/context.js'
import { admitSaid } from './said.js'

/** Tells relay nodes what may stand of what hosts say of their rooms; every process does. */
export const answerHosts = (parts: Parts, log: Logger): Closable =>
  answerWhatMayStand(parts.redis, log, (environmentId, said) =>
    admitSaid(parts, environmentId, said),
  )
