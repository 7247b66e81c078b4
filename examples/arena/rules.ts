// The rules of the game: the same on the server, which decides, and in the game, which predicts.

export interface Fighter {
  x: number
  y: number
}

/** Where a player pushes, and for how long. */
export interface Push {
  dx: number
  dy: number
  ms: number
}

export const size = 100
/** Per millisecond. */
const speed = 0.02
/** One input stands for no more than this. */
export const longestMs = 100

const within = (value: number) => Math.max(0, Math.min(size, value))

/** The fighter after one push. Nobody is faster by pushing harder. */
export function move({ x, y }: Fighter, { dx, dy, ms }: Push): Fighter {
  const strength = Math.max(1, Math.hypot(dx, dy))
  const way = (speed * ms) / strength
  return { x: within(x + dx * way), y: within(y + dy * way) }
}

const isNumber = (value: unknown): value is number => Number.isFinite(value)

/** What came from a player, as a push; undefined when it is none. */
export function readPush(value: unknown): Push | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { dx, dy, ms } = value as Partial<Record<keyof Push, unknown>>
  if (!isNumber(dx) || !isNumber(dy) || !isNumber(ms)) return undefined
  return ms >= 0 && ms <= longestMs ? { dx, dy, ms } : undefined
}
