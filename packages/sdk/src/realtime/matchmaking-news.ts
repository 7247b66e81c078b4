import type { Emitter } from '../core/emitter.js'
import type { ServerMessage } from '../generated/messages.js'
import type { Match, MatchmakingEvents, QueueUpdate } from './events.js'

type Of<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>

const toMatch = ({
  match_id,
  room_id,
  players,
  ...more
}: Of<'match_found'> | Of<'backfill_found'>): Match => ({
  match_id,
  room_id,
  ...('region' in more && more.region !== undefined ? { region: more.region } : {}),
  players,
})

/** What games see of the message. */
export function toUpdate(message: Of<'queue_update'>): QueueUpdate {
  const { type: _type, reply_to: _replyTo, ...update } = message
  return update
}

/** Tells games what the relay says of a queue and of the matches that come out of it. */
export const createMatchTeller =
  (events: Pick<Emitter<MatchmakingEvents>, 'emit'>) =>
  (message: ServerMessage): void => {
    switch (message.type) {
      case 'match_found':
        events.emit('match_found', toMatch(message))
        break
      case 'queue_update':
        events.emit('queue_update', toUpdate(message))
        break
      case 'match_proposed': {
        const { match_id, players, accept_seconds } = message
        events.emit('match_proposed', { match_id, players, accept_seconds })
        break
      }
      case 'match_progress': {
        const { match_id, accepted, players } = message
        events.emit('match_progress', { match_id, accepted, players })
        break
      }
      case 'match_cancelled': {
        const { match_id, requeued } = message
        events.emit('match_cancelled', { match_id, requeued })
        break
      }
      case 'backfill_found':
        events.emit('backfill_found', toMatch(message))
        break
      case 'backfill_stopped':
        events.emit(
          'backfill_stopped',
          message.reason === undefined ? {} : { reason: message.reason },
        )
        break
    }
  }
