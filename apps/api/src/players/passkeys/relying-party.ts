import { type Ceremony, gameParty, platformParty } from '@aethex/shared/second-factor'
import type { Parts } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { passkeySetting } from './settings.js'
import { findGameName } from './store.js'

/** What players know the environment as, in their browser and in their authenticator app. */
export const gameNameOf = async ({ db }: Parts, environmentId: string) =>
  (await findGameName(environmentId, db)) ?? 'AeThex Cloud'

/** Passkeys of an environment: its domain and origins, and its own challenges. */
export async function ceremonyOf(parts: Parts, environmentId: string): Promise<Ceremony> {
  const [name, set] = await Promise.all([
    gameNameOf(parts, environmentId),
    readSetting(environmentId, parts.db, passkeySetting),
  ])
  const party = gameParty(platformParty(parts.publicUrl, name), {
    rpId: set.rp_id,
    origins: set.origins,
  })
  return { redis: parts.redis, realm: environmentId, party }
}
