/** What the players of one queue did and were told. */
export interface MatchHistory {
  /** Every match that a player was told, in order; the same one may be told again. */
  told: ReadonlyMap<string, readonly { match_id: string; players: readonly string[] }[]>
  /** Whose leaving the queue was acknowledged before anything was told. */
  cancelled: ReadonlySet<string>
}

export interface MatchViolation {
  rule: 'one match' | 'told is made' | 'cancelled'
  said: string
}

const nameOf = (players: readonly string[]) => [...players].sort().join(' ')

/** Nobody is in two matches, all of a match are told the same of it, and who has left is in none (C-MATCH). */
export function checkMatches({ told, cancelled }: MatchHistory): MatchViolation[] {
  const found: MatchViolation[] = []
  const matches = new Map<string, string>()
  const matchOf = new Map<string, string>()
  for (const [player, heard] of told) {
    for (const { match_id, players } of heard) {
      const name = nameOf(players)
      const known = matches.get(match_id) ?? name
      matches.set(match_id, known)
      if (known !== name || !players.includes(player)) {
        found.push({ rule: 'told is made', said: `${player} was told ${match_id} of ${name}` })
      }
      for (const member of players) {
        const other = matchOf.get(member) ?? match_id
        matchOf.set(member, other)
        if (other !== match_id) {
          found.push({ rule: 'one match', said: `${member} is in ${other} and in ${match_id}` })
        }
        if (cancelled.has(member)) {
          found.push({ rule: 'cancelled', said: `${member} had left and is in ${match_id}` })
        }
      }
    }
  }
  for (const [match_id, name] of matches) {
    for (const member of name.split(' ')) {
      const heard = told.get(member)
      if (heard === undefined || heard.some(each => each.match_id === match_id)) continue
      found.push({ rule: 'told is made', said: `${member} was never told ${match_id}` })
    }
  }
  return found
}
