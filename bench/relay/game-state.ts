/** What a player of the benchmark shows: about 64 bytes of JSON. `n` counts, `t` says when it left. */
export interface GameState {
  x: number
  y: number
  a: number
  w: string
  n: number
  t: number
}

const rounded = (value: number) => Math.round(value * 100) / 100

/** A player who runs about; everything but the weapon changes with every state. */
export const stateAt = (n: number, now: number): GameState => ({
  x: rounded(1_000 + (n % 500) * 0.37),
  y: rounded(700 + (n % 300) * 0.71),
  a: rounded((n % 628) / 100),
  w: 'bow',
  n,
  t: rounded(now),
})
