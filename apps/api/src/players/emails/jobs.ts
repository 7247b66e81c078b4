import type { Closable } from '@aethex/shared/lifecycle'
import type { Parts } from '../../gateway/context.js'
import { forgetOldPending } from '../auth/service.js'
import { forgetOldCodes } from './store.js'

const hourMs = 3_600_000

/** Forgets codes that have run out, and registrations that nobody confirmed. */
export const sweepCodes = ({ db, repeat }: Pick<Parts, 'db' | 'repeat'>): Closable =>
  repeat({
    name: 'code-upkeep',
    everyMs: hourMs,
    work: async () => {
      await forgetOldCodes(db)
      await forgetOldPending(db)
    },
  })
