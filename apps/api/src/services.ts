import type { Route } from '@aethex/shared/http'
import type { Ctx } from './gateway/context.js'
import { authRoutes } from './players/auth/routes.js'
import { nonceRoutes } from './players/nonces/routes.js'
import { privacyRoutes } from './players/privacy/routes.js'
import { profileRoutes } from './players/profiles/routes.js'
import { leaderboardRoutes } from './progress/leaderboards/routes.js'
import { saveRoutes } from './progress/saves/routes.js'
import { realtimeRoutes } from './social/realtime/routes.js'
import { keyRoutes } from './studio/keys/routes.js'
import { memberRoutes } from './studio/members/routes.js'
import { organizationRoutes } from './studio/organizations/routes.js'
import { projectRoutes } from './studio/projects/routes.js'

/** The floor plan: a wing is a service that can run alone, and these are its features. */
export const wings: Record<string, readonly Route<Ctx>[]> = {
  studio: [...memberRoutes, ...organizationRoutes, ...projectRoutes, ...keyRoutes],
  players: [...authRoutes, ...profileRoutes, ...privacyRoutes, ...nonceRoutes],
  progress: [...saveRoutes, ...leaderboardRoutes],
  social: realtimeRoutes,
}

/** The routes of the wings that `SERVICES` names. */
export function routesOf(services: readonly string[]): Route<Ctx>[] {
  const names = services.includes('all') ? Object.keys(wings) : services
  return names.flatMap(name => {
    const routes = wings[name]
    if (routes === undefined) {
      throw new Error(`SERVICES names ${name}; there are all, ${Object.keys(wings).join(', ')}`)
    }
    return routes
  })
}
