import { createHash } from 'node:crypto'
import { canonicalJson } from '@aethex/shared/audit'
import type { NewResult } from './schema.js'

/** A side of a match: `rank` counts from 1, equal for those who drew, as in 1, 2, 2, 4. */
export interface CanonicalTeam {
  rank: number
  players: string[]
}

/** One result however it is told: with ranks or scores, teams and players in any order. */
export interface CanonicalResult {
  matchId: string
  teams: CanonicalTeam[]
  /** Of who stood where; and of who played with whom only. */
  digest: Buffer
  lineUp: Buffer
}

const hash = (value: Parameters<typeof canonicalJson>[0]) =>
  createHash('sha256').update(canonicalJson(value)).digest()

export function canonicalResult({ match_id: matchId, teams }: NewResult): CanonicalResult {
  // The lower, the better.
  const places = teams.map(({ rank, score }) => rank ?? -(score ?? 0))
  const ordered = teams
    .map(({ players }, at) => {
      const place = places[at] ?? 0
      return {
        rank: 1 + places.filter(other => other < place).length,
        players: [...players].sort(),
      }
    })
    .sort((a, b) => ((a.players[0] ?? '') < (b.players[0] ?? '') ? -1 : 1))
  const lineUp = ordered.map(({ players }) => players)
  const digest = hash(ordered.map(({ rank, players }) => ({ rank, players })))
  return { matchId, teams: ordered, digest, lineUp: hash(lineUp) }
}
