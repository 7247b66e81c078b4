import type { Parts } from '../../gateway/context.js'
import { rememberFor } from '../../gateway/remembered.js'
import { readSetting } from '../../studio/settings/service.js'
import { chatFilter, chatRules } from './settings.js'

/** The settings of chat; what was changed counts within a second. */
export const rulesOf = rememberFor(1_000, async ({ db }: Pick<Parts, 'db'>, environmentId) => {
  const [rules, filter] = await Promise.all([
    readSetting(environmentId, db, chatRules),
    readSetting(environmentId, db, chatFilter),
  ])
  return { rules, filter }
})
