import type { Closable } from '@aethex/shared/lifecycle'
import type { Parts } from '../../gateway/context.js'
import { forgetOldReports } from './player-reports.js'

const hourMs = 3_600_000

/** Forgets what players said of matches that never came to count. */
export const keepReportsTidy = (parts: Parts): Closable =>
  parts.repeat({
    name: 'rating-reports',
    everyMs: hourMs,
    work: () => forgetOldReports(parts),
  })
