import { freshEnvironment, freshPlayer, type SharedStack } from '@aethex/shared/testing'
import { type Caller, callerOf } from './caller.js'

/** An environment of its own with two players, whose documents the tests are about. */
export async function openDocumentPlace(stack: SharedStack) {
  const home = await freshEnvironment(stack)
  const [one, another] = [await freshPlayer(home), await freshPlayer(home)]
  const studio: Caller = callerOf(home.apiUrl, { authorization: `Bearer ${home.memberToken}` })
  const path = `/studio/environments/${home.environmentId}/settings/player_data.rules`
  return {
    home,
    ownerId: one.id,
    ownerHeaders: one.headers,
    owner: callerOf(home.apiUrl, one.headers),
    other: callerOf(home.apiUrl, another.headers),
    server: callerOf(home.apiUrl, { 'x-api-key': home.secretKey }),
    studio,
    /** Sets the rules of documents there. */
    rules: (value: object) => studio('PUT', path, value),
  }
}

/** The path of one's own document. */
export const myDocument = (collection: string, key: string) =>
  `/players/me/documents/${collection}/${key}`

export const freshKey = () => `k-${crypto.randomUUID()}`

/** The document of an answer. */
export const documentIn = (answer: { body: unknown } | undefined) => Object(answer?.body).document

/** The condition that the version of an answer is still there. */
export const onVersionOf = (answer: { headers: Headers }) => ({
  'if-match': answer.headers.get('etag') ?? '',
})
