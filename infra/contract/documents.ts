import { openApiDocument, type Route } from '@aethex/shared/http'
import openapiTS, { astToString } from 'openapi-typescript'
import { routes as analyticsRoutes } from '../../apps/analytics/src/services.js'
import { wings } from '../../apps/api/src/services.js'
import { ClientMessage, ServerMessage } from '../../apps/relay/src/protocol/messages.js'
import { envExample } from '../rules/env-example.js'
import { asyncApiDocument } from './async-api.js'
import { messagesPage } from './messages-page.js'
import { voiceWorkerModule } from './voice-worker.js'

const info = {
  title: 'AeThex Cloud',
  version: '1.0.0',
  description:
    'Accounts, cloud saves, leaderboards, realtime rooms, matchmaking and analytics for games. ' +
    'Errors are RFC 9457 problem details with a stable `code`; lists are `{ items, next_cursor }`.',
}

const header = '// Made from the route tables by `npm run generate`. Do not edit.\n\n'

/** The route table of the whole platform. */
export const allRoutes: readonly Route<never>[] = [
  ...Object.values(wings).flatMap(wing => wing.routes),
  ...analyticsRoutes,
]

/** Every generated file, by its path in the repository. */
export async function contractFiles(): Promise<Record<string, string>> {
  const document = openApiDocument(info, allRoutes, {
    sent: { ClientMessage },
    received: { ServerMessage },
  })
  const text = `${JSON.stringify(document, null, 2)}\n`
  const types = astToString(await openapiTS(text, { defaultNonNullable: false }))
  return {
    '.env.example': envExample(),
    'apps/api/openapi.json': text,
    'docs/asyncapi.json': `${JSON.stringify(asyncApiDocument(info), null, 2)}\n`,
    'docs/messages.md': messagesPage(),
    'packages/sdk/src/generated/openapi.ts': header + types,
    'packages/sdk/src/generated/errors.ts': `${header}import type { components } from './openapi.js'

/** Every code that an answer of the API may carry. */
export type ErrorCode = components['schemas']['Problem']['code']
`,
    'packages/sdk/src/generated/voice-worker.ts': await voiceWorkerModule(),
    'packages/sdk/src/generated/messages.ts': `${header}import type { components } from './openapi.js'

/** What a client may say on a socket. */
export type ClientMessage = components['schemas']['ClientMessage']

/** What a relay node may say on a socket. */
export type ServerMessage = components['schemas']['ServerMessage']
`,
  }
}
