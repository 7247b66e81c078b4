import { Problem } from '@aethex/shared/errors'
import type { ActionsFor } from '../delivery/action.js'
import { replyingTo } from '../protocol/messages.js'
import type { presenceMessages } from '../protocol/presence-messages.js'
import type { Presences } from './presence.js'
import type { AdmitStatus } from './status-words.js'

/** What players show of themselves, and whom they watch. */
export const createPresenceActions = (
  presences: Presences,
  admitText: AdmitStatus,
): ActionsFor<keyof typeof presenceMessages.client> => ({
  async set_status(from, message) {
    const { status, details, show_room } = message
    // Words to others are words, wherever they stand.
    if (message.text !== null && from.holder.permissions?.chat === false) {
      throw new Problem('parental_consent_required')
    }
    // Nobody reads those of who is invisible, and nothing must keep a player from being that.
    const text =
      message.text === null || status === 'invisible'
        ? message.text
        : await admitText(from, message.text)
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
