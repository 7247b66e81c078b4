import { Problem } from '@aethex/shared/errors'
import { parseInput } from '@aethex/shared/http'
import type { Promotable } from '../../gateway/promotable.js'
import { settings } from '../../settings.js'
import { listSettings, writeSettingRow } from './store.js'

/** Every setting of an environment, those with their defaults included. */
export const environmentSettings: Promotable = {
  name: 'settings',
  exportFrom: async (environmentId, db) => {
    const rows = new Map((await listSettings(environmentId, db)).map(row => [row.name, row]))
    return new Map(
      settings.map(({ name, shape }) => {
        const row = rows.get(name)
        // As `readSetting`: what no longer fits counts as the defaults.
        const stored = shape.safeParse(row?.value ?? {})
        const value = stored.success ? stored.data : shape.parse({})
        return [name, { value, version: row?.version ?? 0 }]
      }),
    )
  },
  put: async (environmentId, tx, item, { value, version }) => {
    const found = settings.find(({ name }) => name === item)
    if (found === undefined) throw new Problem('version_mismatch')
    const parsed = parseInput(found.shape, value, '')
    const row = await writeSettingRow(environmentId, tx, item, parsed, version)
    if (row === undefined) throw new Problem('version_mismatch')
    return row.version
  },
}
