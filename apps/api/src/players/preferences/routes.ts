import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { ifMatchVersion } from '../../gateway/shapes.js'
import { Preferences, PreferencesAnswer } from './schema.js'
import { getPreferences, setPreferences } from './service.js'

const withETag = (answer: Awaited<ReturnType<typeof getPreferences>>) =>
  new Reply(answer, { headers: { etag: `"${answer.version}"` } })

/** `If-None-Match: *` creates only: the document must not be there yet, which is version 0. */
const versionIn = (headers: Readonly<Record<string, string | string[] | undefined>>) =>
  headers['if-none-match'] === '*' ? 0 : ifMatchVersion(headers['if-match'])

export const preferenceRoutes = [
  route({
    id: 'preferences.read',
    method: 'get',
    path: '/api/v1/auth/preferences',
    summary: "The player's preferences, one JSON document; its version is the ETag.",
    auth: ['player'],
    returns: PreferencesAnswer,
    handle: async ctx => withETag(await getPreferences(ctx)),
  }),
  route({
    id: 'preferences.write',
    method: 'put',
    path: '/api/v1/auth/preferences',
    summary: 'Replaces the preferences; with If-Match only that version.',
    auth: ['player'],
    body: Preferences,
    example: { volume: 0.8, language: 'en' },
    returns: PreferencesAnswer,
    errors: ['version_mismatch'],
    handle: async (ctx, { body, headers }) =>
      withETag(await setPreferences(ctx, body, versionIn(headers))),
  }),
]
