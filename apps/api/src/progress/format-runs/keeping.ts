import type { Logger } from '@aethex/shared/log'
import { claimRun, forgetRuns, type RunRow, releaseRun, setRunBack } from './store.js'
import type { RunParts, StoredSaves } from './stored-saves.js'
import { finishRun, leadOn, leaseMs } from './walk.js'

// A run gives way to others after this, and goes on behind them.
const sliceMs = 4_000
const keptDays = 30
const dayMs = 86_400_000
// About a quarter of an hour without any progress.
const mostSetbacks = 20

/** Leaves a run for later; one that never gets on ends. */
async function setBack(parts: RunParts, run: RunRow, error: unknown, log: Logger): Promise<void> {
  log.warn({ err: error, run: run.id }, 'a run over saves waits')
  if (run.setbacks >= mostSetbacks) {
    await finishRun(parts, run, 'failed', 'It could not go on for a quarter of an hour.')
    return
  }
  const seconds = Math.min(60, 2 ** run.setbacks)
  await setRunBack(run, parts.db, new Date(parts.now().getTime() + seconds * 1_000))
}

/** Leads every run on that is due, one slice after the other, until none is left or `isOver`. */
export async function keepRunning(
  parts: RunParts,
  saves: StoredSaves,
  log: Logger,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const now = parts.now()
    const run = await claimRun(parts.db, now, new Date(now.getTime() + leaseMs))
    if (run === undefined) return
    const endsAt = performance.now() + sliceMs
    try {
      const isDone = await leadOn(parts, saves, run, () => isOver() || performance.now() > endsAt)
      if (!isDone) await releaseRun(run, parts.db, parts.now())
    } catch (error) {
      await setBack(parts, run, error, log)
    }
  }
}

/** Forgets runs that ended a month ago, with what they found. */
export const forgetOldRuns = (parts: RunParts) =>
  forgetRuns(new Date(parts.now().getTime() - keptDays * dayMs), parts.db)
