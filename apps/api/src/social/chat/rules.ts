import type { Parts } from '../../gateway/context.js'
import { rememberFor } from '../../gateway/remembered.js'
import { readSetting } from '../../studio/settings/service.js'
import { chatRules } from './settings.js'

/** The settings of chat; what was changed counts within a second. */
export const rulesOf = rememberFor(1_000, ({ db }: Pick<Parts, 'db'>, environmentId) =>
  readSetting(environmentId, db, chatRules),
)
