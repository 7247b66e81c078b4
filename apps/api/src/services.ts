import type { Route } from '@aethex/shared/http'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Ctx, Parts } from './gateway/context.js'
import { authRoutes } from './players/auth/routes.js'
import { nonceRoutes } from './players/nonces/routes.js'
import { privacyRoutes } from './players/privacy/routes.js'
import { profileRoutes } from './players/profiles/routes.js'
import { keepRanksTrue } from './progress/leaderboards/jobs.js'
import { leaderboardRoutes } from './progress/leaderboards/routes.js'
import { saveRoutes } from './progress/saves/routes.js'
import { realtimeRoutes } from './social/realtime/routes.js'
import { keyRoutes } from './studio/keys/routes.js'
import { memberRoutes } from './studio/members/routes.js'
import { organizationRoutes } from './studio/organizations/routes.js'
import { projectRoutes } from './studio/projects/routes.js'
import { settingRoutes } from './studio/settings/routes.js'

/** A wing: what it answers, and what it does by the clock. */
interface Wing {
  routes: readonly Route<Ctx>[]
  jobs: readonly ((parts: Parts, log: Logger) => Closable)[]
}

/** The floor plan: a wing is a service that can run alone, and these are its features. */
export const wings: Record<string, Wing> = {
  studio: {
    routes: [
      ...memberRoutes,
      ...organizationRoutes,
      ...projectRoutes,
      ...keyRoutes,
      ...settingRoutes,
    ],
    jobs: [],
  },
  players: {
    routes: [...authRoutes, ...profileRoutes, ...privacyRoutes, ...nonceRoutes],
    jobs: [],
  },
  progress: { routes: [...saveRoutes, ...leaderboardRoutes], jobs: [keepRanksTrue] },
  social: { routes: realtimeRoutes, jobs: [] },
}

/** The wings that `SERVICES` names. */
export function wingsOf(services: readonly string[]): Wing[] {
  const names = services.includes('all') ? Object.keys(wings) : services
  return names.map(name => {
    const wing = wings[name]
    if (wing === undefined) {
      throw new Error(`SERVICES names ${name}; there are all, ${Object.keys(wings).join(', ')}`)
    }
    return wing
  })
}
