import type { Promotable } from './gateway/promotable.js'
import { boardDefinitions } from './progress/leaderboards/service.js'
import { saveFormats } from './progress/save-formats/service.js'
import { environmentSettings } from './studio/settings/service.js'

/** All configuration that can be promoted, in the order in which it is applied. */
export const promotables: readonly Promotable[] = [
  environmentSettings,
  boardDefinitions,
  saveFormats,
]
