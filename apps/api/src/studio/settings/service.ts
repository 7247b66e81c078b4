import { isDeepStrictEqual } from 'node:util'
import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { parseInput } from '@aethex/shared/http'
import { z } from 'zod'
import { auditActorOf, type Ctx } from '../../gateway/context.js'
import type { Setting } from '../../gateway/setting.js'
import { settings } from '../../settings.js'
import { findSetting, listSettings, type SettingRow, writeSettingRow } from './store.js'

export { environmentSettings } from './promotion.js'

/**
 * What an environment has set, defaults filled in. A stored document that no longer fits (a field was renamed)
 * counts as its defaults rather than keeping players out.
 */
export async function readSetting<Shape extends z.ZodObject>(
  environmentId: string,
  db: Db,
  { name, shape }: Setting<Shape>,
): Promise<z.output<Shape>> {
  const row = await findSetting(environmentId, db, name)
  const stored = z.safeParse(shape, row?.value ?? {})
  return stored.success ? stored.data : z.parse(shape, {})
}

const known = (name: string): Setting => {
  const found = settings.find(one => one.name === name)
  if (found === undefined) throw notFound()
  return found
}

function toDocument(setting: Setting, row: SettingRow | undefined) {
  const stored = setting.shape.safeParse(row?.value ?? {})
  const value = z.record(z.string(), z.unknown()).parse(stored.data ?? setting.shape.parse({}))
  const { name, summary } = setting
  const updatedAt = row?.updated_at.toISOString() ?? null
  return { name, summary, value, version: row?.version ?? 0, updated_at: updatedAt }
}

/** All settings of an environment, those with their defaults included. */
export async function listEnvironmentSettings(ctx: Ctx, environmentId: string) {
  const rows = new Map((await listSettings(environmentId, ctx.db)).map(row => [row.name, row]))
  return { items: settings.map(one => toDocument(one, rows.get(one.name))), next_cursor: null }
}

export async function getSetting(ctx: Ctx, environmentId: string, name: string) {
  const found = known(name)
  return { setting: toDocument(found, await findSetting(environmentId, ctx.db, name)) }
}

/** The fields that are not what they were. */
const changedIn = (before: object, after: object) => {
  const known = new Map(Object.entries(before))
  return Object.entries(after)
    .filter(([field, value]) => !isDeepStrictEqual(known.get(field), value))
    .map(([field]) => field)
}

/**
 * Replaces the whole document. With `version`, only if it is still at it (`version_mismatch`). The audit log is told
 * which fields have changed.
 */
export async function writeSetting(
  ctx: Ctx,
  environmentId: string,
  name: string,
  value: unknown,
  version: number | undefined,
) {
  const found = known(name)
  const parsed = parseInput(found.shape, value, '')
  const row = await ctx.db.transaction(async tx => {
    const before = toDocument(found, await findSetting(environmentId, tx, name))
    const written = await writeSettingRow(environmentId, tx, name, parsed, version)
    if (written === undefined) throw new Problem('version_mismatch')
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'settings.write',
      target: name,
      details: { version: written.version, changed: changedIn(before.value, parsed) },
      requestId: ctx.requestId,
    })
    return written
  })
  return { setting: toDocument(found, row) }
}
