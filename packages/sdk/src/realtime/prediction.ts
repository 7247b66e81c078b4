import { type BlendRules, createBlend } from './blend.js'

export interface PredictionOptions<State extends object, Input> extends BlendRules {
  /** Where the player stands before the first input. */
  initial: State
  /**
   * The game's rule, the same as the room's: the state after one input. It must not change what it is given, nor ask a
   * clock or chance; how much time an input stands for belongs into the input.
   */
  step(state: State, input: Input): State
  /** How many inputs may wait for the server; beyond it `predict` takes none. 128 unless said. */
  mostPending?: number
  /** After this long, in milliseconds, half of a correction can be seen; 50 unless said, 0 shows it at once. */
  halve_ms?: number
}

/** An input as the server should get it. Numbers begin at 1 and rise by one. */
export interface NumberedInput<Input> {
  number: number
  input: Input
}

export interface Reconciliation {
  /** The player is elsewhere than was predicted. */
  corrected: boolean
  /** How many inputs, which the server has yet to see, were played again on its state. */
  replayed: number
}

/** One's own player, moving at once and yet where the server says. Times are in milliseconds of `performance.now()` unless given. */
export interface Prediction<State extends object, Input> {
  /** Applies an input at once; send what it answers. Undefined, and nothing is applied, while too many wait. */
  predict(input: Input): NumberedInput<Input> | undefined
  /** Takes the server's state after the input of this number; an older one than the last is not looked at. */
  reconcile(state: State, lastInput: number, now?: number): Reconciliation
  /** The predicted state, for the rules of the game. */
  state(): State
  /** The predicted state for the eye: corrections fade in. */
  view(now?: number): State
  /** What the server has not acknowledged, oldest first: for sending again where a network loses. */
  pending(): readonly NumberedInput<Input>[]
  /** Begins anew from this state, after a resumption or a respawn; the numbers go on. */
  reset(state: State): void
}

/** Beyond, less than a thousandth of a correction is left. */
const halvesShown = 10

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other) || one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return false
  }
  const fields = Object.entries(one)
  if (Array.isArray(one) !== Array.isArray(other)) return false
  if (fields.length !== Object.keys(other).length) return false
  return fields.every(
    ([name, value]) => Object.hasOwn(other, name) && isSame(value, Reflect.get(other, name)),
  )
}

/** Client-side prediction with reconciliation, for rooms where the server decides. */
export function createPrediction<State extends object, Input>(
  options: PredictionOptions<State, Input>,
): Prediction<State, Input> {
  const { step, mostPending = 128, halve_ms = 50 } = options
  const blend = createBlend(options)
  let current = options.initial
  let pending: NumberedInput<Input>[] = []
  let lastNumber = 0
  let acknowledged = 0
  /** What was seen when the last correction came, and what should have been. */
  let fading: { seen: State; right: State; since: number } | undefined

  function view(now: number): State {
    if (fading === undefined) return current
    const halves = Math.max(0, now - fading.since) / halve_ms
    if (halves < halvesShown) return blend(current, fading.right, fading.seen, 0.5 ** halves)
    fading = undefined
    return current
  }

  return {
    predict(input) {
      if (pending.length >= mostPending) return undefined
      lastNumber++
      current = step(current, input)
      const numbered = { number: lastNumber, input }
      pending.push(numbered)
      return numbered
    },
    reconcile(state, lastInput, now = performance.now()) {
      if (lastInput < acknowledged) return { corrected: false, replayed: 0 }
      acknowledged = lastInput
      pending = pending.filter(({ number }) => number > lastInput)
      const right = pending.reduce((before, { input }) => step(before, input), state)
      const corrected = !isSame(right, current)
      if (corrected) {
        if (halve_ms > 0) fading = { seen: view(now), right, since: now }
        current = right
      }
      return { corrected, replayed: pending.length }
    },
    state: () => current,
    view: (now = performance.now()) => view(now),
    pending: () => pending,
    reset(state) {
      current = state
      pending = []
      fading = undefined
    },
  }
}
