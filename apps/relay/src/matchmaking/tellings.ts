import type { MatchRecord } from '@aethex/shared/matchmaking'
import type { Recipient } from '../delivery/recipient.js'

const seated = ({ players }: MatchRecord) =>
  players.map(({ player_id, username, team, role, seat }) => ({
    player_id,
    username,
    ...(team === undefined ? {} : { team }),
    ...(role === undefined ? {} : { role }),
    ...(seat === undefined ? {} : { seat }),
  }))

/** Tells sockets of their matches, and remembers which each was told last. */
export class Tellings {
  private readonly lastTold = new WeakMap<Recipient, string>()

  wasTold(recipient: Recipient, { match_id }: MatchRecord): boolean {
    return this.lastTold.get(recipient) === match_id
  }

  found(recipient: Recipient, match: MatchRecord): void {
    const { match_id, room_id, region } = match
    this.lastTold.set(recipient, match_id)
    recipient.send({
      type: 'match_found',
      match_id,
      room_id,
      ...(region === undefined ? {} : { region }),
      players: seated(match),
    })
  }

  proposed(recipient: Recipient, { match_id, players }: MatchRecord, acceptSeconds: number): void {
    recipient.send({
      type: 'match_proposed',
      match_id,
      players: players.length,
      accept_seconds: acceptSeconds,
    })
  }

  backfilled(recipient: Recipient, match: MatchRecord): void {
    const { match_id, room_id } = match
    recipient.send({ type: 'backfill_found', match_id, room_id, players: seated(match) })
  }
}
