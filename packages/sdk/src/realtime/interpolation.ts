import { type BlendRules, createBlend } from './blend.js'
import type { PlayerState } from './events.js'

export interface InterpolatorOptions extends BlendRules {
  /** How far behind the newest states others are shown, in milliseconds; two or three of their send intervals. */
  delay_ms?: number
  /**
   * How long others go on moving as they did when no newer state has come, in milliseconds; not at all unless said.
   * A guess: when nothing comes after that either, they stand still, and go back to their last state as slowly.
   */
  extrapolate_ms?: number
  /**
   * A state that stays the same is not sent again. After a pause this long, in milliseconds, others have stood still and
   * only then begun to move; 250 unless said.
   */
  still_after_ms?: number
}

/** When a state arrived, and when it was sent. */
export interface StateTimes {
  /** The arrival, by the clock that `sample` is asked with; now unless given. */
  time?: number
  /**
   * The sending, in milliseconds of any clock of the sender, such as a tick times its length. With it a state that
   * came late is shown at its right place in time: a network that stutters does not shake what is seen.
   */
  sent_at?: number
}

/** Smooths the states of others between their arrivals. All times are in milliseconds of one clock, `performance.now()` unless given. */
export interface Interpolator<State extends object = PlayerState> {
  /** Notes a state at its time of arrival; listens to `player_state` as it is. Nothing checks that what others send is a State. */
  push(player_id: string, state: State | PlayerState, meta?: StateTimes): void
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
  /** By the sender's clock if it says, else of the arrival. */
  time: number
  state: State
}

interface Track<State> {
  samples: Sample<State>[]
  /** How long the last states took, plus what the two clocks differ by; none when senders do not say. */
  transits: number[]
  /** The least of them: the way at its fastest. */
  offset: number
}

const mostSamples = 64
/** Of two states closer together, the speed would be mostly noise. */
const leastSpanMs = 15

/** Makes an interpolator; feed it with `multiplayer.on('player_state', others.push)` and sample it each frame. */
export function createInterpolator<State extends object = PlayerState>(
  options: InterpolatorOptions = {},
): Interpolator<State> {
  const { delay_ms = 100, extrapolate_ms = 0, still_after_ms = 250 } = options
  const blend = createBlend(options)
  const players = new Map<string, Track<State>>()

  function trackOf(player_id: string, saysWhen: boolean): Track<State> {
    const known = players.get(player_id)
    // Times of another clock cannot stand in the same row.
    if (known !== undefined && known.transits.length > 0 === saysWhen) return known
    const track: Track<State> = { samples: [], transits: [], offset: 0 }
    players.set(player_id, track)
    return track
  }

  function between(earlier: Sample<State>, later: Sample<State>, time: number): State {
    const hasStood = later.time - earlier.time > still_after_ms
    // As long ago as others are shown: nothing of the move has been missed, and it takes no longer than it must.
    const start = hasStood ? later.time - Math.min(delay_ms, still_after_ms) : earlier.time
    if (time <= start) return earlier.state
    return blend(earlier.state, earlier.state, later.state, (time - start) / (later.time - start))
  }

  function beyond(samples: readonly Sample<State>[], last: Sample<State>, time: number): State {
    const late = time - last.time
    const ahead = Math.min(late, 2 * extrapolate_ms - late)
    if (ahead <= 0) return last.state
    let index = samples.length - 1
    while (index > 0 && last.time - (samples[index]?.time ?? 0) < leastSpanMs) index--
    const before = samples[index]
    if (before === undefined || before === last) return last.state
    if (last.time - before.time > still_after_ms) return last.state
    return blend(last.state, before.state, last.state, ahead / (last.time - before.time))
  }

  return {
    push(player_id, state, { time: arrived = performance.now(), sent_at } = {}) {
      const track = trackOf(player_id, sent_at !== undefined)
      const { samples, transits } = track
      const time = sent_at ?? arrived
      if (sent_at !== undefined) {
        transits.push(arrived - sent_at)
        if (transits.length > mostSamples) transits.shift()
        track.offset = Math.min(...transits)
      }
      // Two of one moment, or a clock that went back: the newer state counts.
      while ((samples.at(-1)?.time ?? Number.NEGATIVE_INFINITY) >= time) samples.pop()
      samples.push({ time, state: state as State })
      if (samples.length > mostSamples) samples.shift()
    },
    sample(player_id, now = performance.now()) {
      const track = players.get(player_id)
      if (track === undefined) return undefined
      const { samples } = track
      const time = now - delay_ms - track.offset
      const next = samples.findIndex(sample => sample.time > time)
      const last = samples.at(-1)
      if (next < 0) return last && beyond(samples, last, time)
      const later = samples[next]
      const earlier = next > 0 ? samples[next - 1] : undefined
      if (later === undefined || earlier === undefined) return later?.state
      // What lies before the pair is never asked for again.
      if (next > 1) samples.splice(0, next - 1)
      return between(earlier, later, time)
    },
    remove: player_id => void players.delete(player_id),
    clear: () => players.clear(),
  }
}
