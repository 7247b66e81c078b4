import { type Contestant, type RaceOptions, race, type Standing } from './measure.js'
import type { Progress } from './progress.js'
import type { Site } from './site.js'
import { raceTable } from './table.js'

/** What every benchmark is handed. */
export interface Bench {
  site: Site
  progress: Progress
  /** Runs a race and prints its table. */
  race(
    title: string,
    contestants: readonly Contestant[],
    options: Omit<RaceOptions, 'onTurn'>,
  ): Promise<Standing[]>
}

export function createBench(site: Site, progress: Progress): Bench {
  return {
    site,
    progress,
    async race(title, contestants, options) {
      const standings = await race(contestants, { ...options, onTurn: progress.turn })
      progress.print(raceTable(title, standings))
      return standings
    },
  }
}
