import { deviceRoutes } from './device-routes.js'
import { flowRoutes } from './flow-routes.js'

export const oauthRoutes = [...flowRoutes, ...deviceRoutes]
export { authProviderRoutes } from './provider-routes.js'
