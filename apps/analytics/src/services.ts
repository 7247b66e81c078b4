import { erasureRoutes } from './erasure/routes.js'
import { ingestRoutes } from './ingest/routes.js'
import { questionRoutes } from './questions/routes.js'

/** Every route of this app. Importing it opens nothing: the API document is made from it, too. */
export const routes = [...ingestRoutes, ...questionRoutes]

/** What only our own apps may ask; the API document does not speak of it. */
export const internalRoutes = erasureRoutes
