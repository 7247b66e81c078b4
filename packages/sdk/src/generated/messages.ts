// Made from the route tables by `npm run generate`. Do not edit.

import type { components } from './openapi.js'

/** What a client may say on a socket. */
export type ClientMessage = components['schemas']['ClientMessage']

/** What a relay node may say on a socket. */
export type ServerMessage = components['schemas']['ServerMessage']
