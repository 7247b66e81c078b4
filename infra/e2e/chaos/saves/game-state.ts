import { z } from 'zod'
import type { Dice } from '../../../faults/dice.js'

/** What a game of the simulation saves: a field for each rule. */
export const GameState = z.object({
  /** Names the save. */
  made: z.string(),
  gold: z.number(),
  best: z.number(),
  fastest: z.number(),
  badges: z.array(z.string()),
  items: z.array(z.object({ id: z.string(), found: z.string() })),
  title: z.string(),
  difficulty: z.string(),
  seconds: z.number(),
})
export type GameState = z.output<typeof GameState>

export const rules = {
  default: 'last_writer',
  fields: [
    { path: '/gold', rule: 'sum' },
    { path: '/best', rule: 'max' },
    { path: '/fastest', rule: 'min' },
    { path: '/badges', rule: 'union' },
    { path: '/items', rule: 'union', key: 'id' },
    { path: '/title', rule: 'last_writer' },
    { path: '/difficulty', rule: 'ask' },
    { path: '/seconds', rule: 'max' },
  ],
} as const

export const start: GameState = {
  made: 'start',
  gold: 0,
  best: 0,
  fastest: 1_000,
  badges: [],
  items: [],
  title: 'start',
  difficulty: 'start',
  seconds: 0,
}

/** What one save has added to the game, whoever keeps count of it. */
export interface Gain {
  made: string
  at: number
  gold: number
  best: number
  fastest: number
  badge: string
  seconds: number
}

/** Plays a little, and tells what has come of it. */
export function play(state: GameState, made: string, dice: Dice): { next: GameState; gain: Gain } {
  const gold = dice.below(100) - 30
  const best = dice.below(1_000)
  const fastest = 1 + dice.below(900)
  const seconds = state.seconds + 1 + dice.below(60)
  const next = {
    made,
    gold: state.gold + gold,
    best: Math.max(state.best, best),
    fastest: Math.min(state.fastest, fastest),
    badges: [...state.badges, made],
    items: [...state.items, { id: made, found: `by ${made}` }],
    title: made,
    difficulty: dice.chance(0.2) ? made : state.difficulty,
    seconds,
  }
  return { next, gain: { made, at: Date.now(), gold, best, fastest, badge: made, seconds } }
}
