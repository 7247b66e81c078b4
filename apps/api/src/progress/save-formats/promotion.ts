import { Problem } from '@aethex/shared/errors'
import { parseInput } from '@aethex/shared/http'
import type { Promotable } from '../../gateway/promotable.js'
import { putStep } from './put-step.js'
import { StepContent } from './schema.js'
import { listSteps } from './store.js'

/**
 * The steps between formats, by the format that they begin with. A promotion names the revision that it replaces, so
 * that it may supersede a step that was applied.
 */
export const saveFormats: Promotable = {
  name: 'save_formats',
  exportFrom: async (environmentId, db) =>
    new Map(
      (await listSteps(environmentId, db)).map(({ from_version, source, note, revision }) => [
        String(from_version),
        { value: { source, note }, version: revision },
      ]),
    ),
  put: async (environmentId, tx, item, { value, version }) => {
    if (!/^\d{1,7}$/.test(item)) throw new Problem('version_mismatch')
    const content = parseInput(StepContent, value, '')
    const { row } = await putStep(environmentId, tx, Number(item), content, version)
    return row.revision
  },
}
