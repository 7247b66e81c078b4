/** How often a room ticks whose frames leave at once. */
const simulationMs = 50

/** Calls `tick` once per tick, with the milliseconds since the last time, until the interval is cleared. */
export function startTicker(tickMs: number, tick: (elapsedMs: number) => void): NodeJS.Timeout {
  let lastAt = performance.now()
  return setInterval(() => {
    const now = performance.now()
    const elapsedMs = now - lastAt
    lastAt = now
    tick(elapsedMs)
  }, tickMs || simulationMs)
}
