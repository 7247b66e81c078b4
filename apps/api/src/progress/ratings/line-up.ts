import { notFound, Problem } from '@aethex/shared/errors'
import type { Roster } from '@aethex/shared/matchmaking'
import type { CanonicalResult } from './canonical-result.js'

const invalid = (reason: string) =>
  new Problem('invalid_request', {
    detail: `/teams: ${reason}`,
    errors: [{ pointer: '/teams', reason }],
  })

/** The sides are the teams of the roster; where it has none they may be any. */
function hasItsSides({ teams }: CanonicalResult, roster: Roster): boolean {
  const teamOf = new Map(roster.map(({ player_id, team }) => [player_id, team]))
  if (roster.every(({ team }) => team === undefined)) return true
  const named = teams.map(({ players }) => new Set(players.map(id => teamOf.get(id))))
  return (
    named.every(({ size }) => size === 1) && named.length === new Set([...teamOf.values()]).size
  )
}

/**
 * Refuses what a player says of a match in which not exactly those stand who play in it: two of them could otherwise
 * agree on a match of their own before the others speak. Throws `not_found` for a match that nobody made here lately,
 * `forbidden` for whoever is not in it, and `invalid_request` for another line-up.
 */
export function assertPlayed(
  roster: Roster | undefined,
  result: CanonicalResult,
  playerId: string,
): void {
  if (roster === undefined) throw notFound()
  const named = new Set(result.teams.flatMap(({ players }) => players))
  if (roster.every(({ player_id }) => player_id !== playerId)) {
    throw new Problem('forbidden', { detail: 'You were not in this match.' })
  }
  if (roster.length !== named.size || !roster.every(({ player_id }) => named.has(player_id))) {
    throw invalid('are not the players of this match')
  }
  if (!hasItsSides(result, roster)) throw invalid('are not the teams of this match')
}
