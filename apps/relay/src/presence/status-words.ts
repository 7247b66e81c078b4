import type { Limits } from '@aethex/shared/limits'
import { readPresences } from '@aethex/shared/presence'
import type { Redis } from '@aethex/shared/redis'
import { askWhatMayStand, saysMore } from '@aethex/shared/rooms'
import type { Recipient } from '../delivery/recipient.js'

/** Of one player. */
const newTexts = { name: 'status-texts', quota: 60, windowSeconds: 60 }

export type AdmitStatus = (from: Recipient, text: string) => Promise<string>

/**
 * The text of a status as it may stand there in the studio's eyes. What others see already is not asked about: after a
 * deploy everybody says the same again. Throws `message_refused`, `rate_limited`, `unavailable`.
 */
export const admitStatusText =
  (redis: Redis, limits: Limits): AdmitStatus =>
  async ({ holder }, text) => {
    const { environment_id: environmentId, player_id: playerId } = holder
    const [sighting] = await readPresences(redis, environmentId, [playerId])
    const chosen = sighting?.record.chosen
    const shown = chosen?.status === 'invisible' ? null : (chosen?.text ?? null)
    if (!saysMore({ name: text }, { name: shown })) return text
    await limits.take(newTexts, `${environmentId} ${playerId}`)
    const { properties } = await askWhatMayStand(redis, environmentId, { properties: { text } })
    return String(properties?.text ?? '')
  }
