import type { Parts } from '../../gateway/context.js'
import { rememberFor } from '../../gateway/remembered.js'
import { readSetting } from '../../studio/settings/service.js'
import { chatFilter } from './settings.js'

/** Which words a studio wants nowhere; what was changed counts within a second. */
export const filterOf = rememberFor(1_000, ({ db }: Pick<Parts, 'db'>, environmentId) =>
  readSetting(environmentId, db, chatFilter),
)
