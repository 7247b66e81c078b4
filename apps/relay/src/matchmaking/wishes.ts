import { Problem } from '@aethex/shared/errors'
import {
  assertAdmissible,
  openQueueName,
  type QueueRules,
  type TicketWish,
} from '@aethex/shared/matchmaking'
import type { TicketHolder } from '@aethex/shared/tickets'
import type { ClientMessageOf } from '../protocol/messages.js'
import type { DeclaredQueues } from './queue-book.js'

/** What a player's message asks for, as a ticket. */
interface Asked {
  /** The name of the queue in the store. */
  name: string
  wish: TicketWish
  timeoutSeconds: number
  isRecorded: boolean
}

type JoinQueue = ClientMessageOf<'join_queue'>

const missing = (pointer: string) =>
  new Problem('invalid_request', {
    detail: `${pointer} is needed in a mode that no queue declares.`,
    errors: [{ pointer, reason: 'is missing' }],
  })

const bare = { attributes: {}, ranges: {}, latencies_ms: {}, roles: [] }

function askOpen({ player_id, username }: TicketHolder, message: JoinQueue): Asked {
  const { mode, region, skill_range, players } = message
  if (region === undefined) throw missing('region')
  if (skill_range === undefined) throw missing('skill_range')
  const wish = { players: [{ player_id, username, ...bare }], skill_range }
  const name = openQueueName(mode, region, players)
  return { name, wish, timeoutSeconds: 0, isRecorded: false }
}

/** Who only knows how to wish for a range of opponents is taken to stand in its middle. */
function withSkill({ skill }: QueueRules, { attributes = {}, skill_range: range }: JoinQueue) {
  if (skill === null || range === undefined) return attributes
  return { [skill.attribute]: (range[0] + range[1]) / 2, ...attributes }
}

function askDeclared(queue: QueueRules, holder: TicketHolder, message: JoinQueue): Asked {
  if (queue.attributes_from === 'servers') {
    throw new Problem('forbidden', { detail: 'Only servers put players into this queue.' })
  }
  if (queue.skill !== null && queue.skill.from_rating !== null) {
    throw new Problem('forbidden', {
      detail: 'Tickets of rated queues are made by POST /api/v1/matchmaking/tickets.',
    })
  }
  const { region, ranges = {}, latencies_ms = {}, roles = [] } = message
  const { player_id, username } = holder
  const attributes = withSkill(queue, message)
  const wish: TicketWish = {
    players: [{ player_id, username, attributes, ranges, latencies_ms, roles }],
    ...(region === undefined ? {} : { region }),
  }
  assertAdmissible(queue, wish)
  const { name, record: isRecorded, ticket_timeout_seconds: timeoutSeconds } = queue
  return { name, wish, timeoutSeconds, isRecorded }
}

/** Throws `not_found`, `forbidden` or `invalid_request` for what can never be matched here. */
export function askedBy(
  holder: TicketHolder,
  message: JoinQueue,
  { settings, find }: DeclaredQueues,
): Asked {
  const declared = find(message.mode)
  if (declared !== undefined) return askDeclared(declared.queue, holder, message)
  if (settings.undeclared_modes) return askOpen(holder, message)
  throw new Problem('not_found', { detail: 'No queue of this name is declared.' })
}
