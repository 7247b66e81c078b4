import { type Db, violatedConstraint } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { assertNameAllowed, skeletonOf, usernameKey } from '../../players/auth/service.js'
import type { KeptName } from './store.js'

const unique = new Set([
  'player_group_environment_id_name_key_key',
  'player_group_environment_id_name_skeleton_key',
])

/** A name as it is kept. Throws `invalid_request` for one that no player may have either. */
export async function keptName(environmentId: string, db: Db, name: string): Promise<KeptName> {
  await assertNameAllowed(environmentId, db, name, '/name')
  return { name, key: usernameKey(name), skeleton: skeletonOf(name) }
}

/** The 409 behind a name that another group has, or one that looks like it; other errors come back unchanged. */
export const asNameTaken = (error: unknown): unknown =>
  unique.has(violatedConstraint(error) ?? '') ? new Problem('name_taken') : error
