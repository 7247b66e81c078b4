import { Problem } from '../errors/index.js'

/**
 * Lets `lanes` pieces of expensive work run at once and as many wait as the line is long; whoever comes
 * then is turned away with `busy`, at once and cheaply.
 */
export function createLanes(lanes: number, longestLine: number) {
  let running = 0
  const line: (() => void)[] = []
  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= lanes) {
      if (line.length >= longestLine) throw new Problem('busy')
      await new Promise<void>(resolve => line.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      // The lane goes to the next in line, or becomes free.
      const next = line.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
