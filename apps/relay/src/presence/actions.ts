import { Problem } from '@aethex/shared/errors'
import type { ActionsFor } from '../delivery/action.js'
import { replyingTo } from '../protocol/messages.js'
import type { presenceMessages } from '../protocol/presence-messages.js'
import type { Presences } from './presence.js'

/** What players show of themselves, and whom they watch. */
export const createPresenceActions = (
  presences: Presences,
): ActionsFor<keyof typeof presenceMessages.client> => ({
  set_status(from, message) {
    const { status, text, details, show_room } = message
    // Words to others are words, wherever they stand.
    if (text !== null && from.holder.permissions?.chat === false) {
      throw new Problem('parental_consent_required')
    }
    presences.own.choose(from, { status, text, details, show_room })
    from.send({ type: 'status_set', ...replyingTo(message) })
  },
  // What the client says next does not wait for the answer.
  watch_presence(from, message) {
    const { friends, room } = message
    void presences.watch(from, { friends, room }).then(players => {
      if (players === undefined) return
      from.send({ type: 'presence_snapshot', ...replyingTo(message), players })
    })
  },
})
