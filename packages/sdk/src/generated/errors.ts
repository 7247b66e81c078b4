// Made from the route tables by `npm run generate`. Do not edit.

import type { components } from './openapi.js'

/** Every code that an answer of the API may carry. */
export type ErrorCode = components['schemas']['Problem']['code']
