import type { PlayerState } from './events.js'

export interface InterpolatorOptions {
  /** How far behind the newest states others are shown, in milliseconds; two or three of their send intervals. */
  delay_ms?: number
  /** Fields that hold angles in radians: they turn the short way round. */
  angles?: readonly string[]
  /** Fields that jump from one value to the next, such as a health: nothing in them is blended. */
  snap?: readonly string[]
}

/** Smooths the states of others between their arrivals. All times are in milliseconds of one clock, `performance.now()` unless given. */
export interface Interpolator<State extends object = PlayerState> {
  /** Notes a state at its time of arrival; listens to `player_state` as it is. Nothing checks that what others send is a State. */
  push(player_id: string, state: State | PlayerState, meta?: { time?: number }): void
  /**
   * The state `delay_ms` before `now`: numbers in between (also inside arrays and objects), anything else
   * from the earlier state. Beyond the known states, the nearest one; undefined for an unknown player.
   */
  sample(player_id: string, now?: number): State | undefined
  /** Forgets a player who left. */
  remove(player_id: string): void
  clear(): void
}

interface Sample<State> {
  time: number
  state: State
}

/** The fields, at any depth, that are not simply numbers in between. */
interface Exceptions {
  angles: ReadonlySet<string>
  snap: ReadonlySet<string>
}

const mostSamples = 64

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function shortTurn(from: number, to: number): number {
  const full = Math.PI * 2
  const turn = (to - from) % full
  if (turn > Math.PI) return turn - full
  return turn < -Math.PI ? turn + full : turn
}

function between(
  from: unknown,
  to: unknown,
  part: number,
  exceptions: Exceptions,
  isAngle = false,
): unknown {
  if (typeof from === 'number' && typeof to === 'number') {
    return from + (isAngle ? shortTurn(from, to) : to - from) * part
  }
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length) {
    return from.map((value, index) => between(value, to[index], part, exceptions, isAngle))
  }
  if (isObject(from) && isObject(to)) {
    const { angles, snap } = exceptions
    const blend = (key: string, value: unknown) =>
      snap.has(key) ? value : between(value, to[key], part, exceptions, isAngle || angles.has(key))
    return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, blend(key, value)]))
  }
  return from
}

/** Makes an interpolator; feed it with `multiplayer.on('player_state', others.push)` and sample it each frame. */
export function createInterpolator<State extends object = PlayerState>(
  options: InterpolatorOptions = {},
): Interpolator<State> {
  const { delay_ms = 100 } = options
  const exceptions = { angles: new Set(options.angles), snap: new Set(options.snap) }
  const players = new Map<string, Sample<State>[]>()

  function blend(earlier: Sample<State>, later: Sample<State>, time: number): State {
    const part = (time - earlier.time) / (later.time - earlier.time)
    return between(earlier.state, later.state, part, exceptions) as State
  }

  return {
    push(player_id, state, { time = performance.now() } = {}) {
      const samples = players.get(player_id) ?? []
      players.set(player_id, samples)
      // Two of one moment, or a clock that went back: the newer state counts.
      while ((samples.at(-1)?.time ?? Number.NEGATIVE_INFINITY) >= time) samples.pop()
      samples.push({ time, state: state as State })
      if (samples.length > mostSamples) samples.shift()
    },
    sample(player_id, now = performance.now()) {
      const samples = players.get(player_id)
      if (samples === undefined) return undefined
      const time = now - delay_ms
      const next = samples.findIndex(sample => sample.time > time)
      const later = next < 0 ? samples.at(-1) : samples[next]
      const earlier = next > 0 ? samples[next - 1] : undefined
      if (later === undefined || earlier === undefined) return later?.state
      // What lies before the pair is never asked for again.
      if (next > 1) samples.splice(0, next - 1)
      return blend(earlier, later, time)
    },
    remove: player_id => void players.delete(player_id),
    clear: () => players.clear(),
  }
}
