import { Problem } from '@aethex/shared/errors'
import { parseInput } from '@aethex/shared/http'
import { z } from 'zod'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { preferenceShape } from './settings.js'
import { findPreferences, type PreferencesRow, writePreferences } from './store.js'

const toAnswer = (row: PreferencesRow | undefined) => ({
  preferences: row?.value ?? {},
  version: row?.version ?? 0,
  updated_at: row?.updated_at.toISOString() ?? null,
})

export async function getPreferences(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  return toAnswer(await findPreferences(environmentId, ctx.db, playerId))
}

/** Replaces the document. With `version`, only if it is still at it (`version_mismatch`). */
export async function setPreferences(
  ctx: Ctx,
  value: Record<string, unknown>,
  version: number | undefined,
) {
  const { environmentId, playerId } = playerOf(ctx)
  const { schema } = await readSetting(environmentId, ctx.db, preferenceShape)
  if (schema !== null) parseInput(z.fromJSONSchema(schema), value, '')
  const row = await writePreferences(environmentId, ctx.db, playerId, value, version)
  if (row === undefined) throw new Problem('version_mismatch')
  return toAnswer(row)
}
