import { Problem } from '@aethex/shared/errors'
import type { Parts } from '../../gateway/context.js'
import { permissionsOf } from '../../players/privacy/service.js'

/** Children chat when a parent allows it. Throws `age_required` or `parental_consent_required`. */
export async function assertMayChat(parts: Parts, environmentId: string, playerId: string) {
  const { age_required, permissions } = await permissionsOf(parts, environmentId, playerId)
  if (age_required) throw new Problem('age_required')
  if (!permissions.chat) throw new Problem('parental_consent_required')
}

export const mayChat = async (parts: Parts, environmentId: string, playerId: string) =>
  (await permissionsOf(parts, environmentId, playerId)).permissions.chat
