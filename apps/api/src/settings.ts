import type { Setting } from './gateway/setting.js'
import { registration } from './players/auth/settings.js'

/** Every document that a studio may set per environment, and that is promoted from one environment to another. */
export const settings: readonly Setting[] = [registration]
