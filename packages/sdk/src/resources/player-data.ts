import { type Call, path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import { uuidv7 } from '../core/uuid.js'
import type { components, operations } from '../generated/openapi.js'

type Body<Operation> = Operation extends {
  requestBody: { content: { 'application/json': infer Given } }
}
  ? Given
  : never

/** A document with its value, and which of its versions it is. */
export type PlayerDocument = components['schemas']['Document']
/** A document as a write has left it. */
export type WrittenDocument = components['schemas']['WrittenDocument']
/** One write of a batch; `if_version` 0 stands for a document that must not be there yet. */
export type DocumentWrite = Body<operations['documents.write_many']>['writes'][number]
/** Conditions on declared fields, an order, and the page. */
export type DocumentSearch = Body<operations['documents.search']>

export interface DocumentPlace {
  collection: string
  key: string
}

/** Whose documents: a player's id; the signed-in player's unless said. */
export interface OfPlayer {
  of?: string
}

export interface WriteOptions {
  /** Only on this version of the document; 0 for one that must not be there yet. Errors: `version_mismatch`. */
  ifVersion?: number
}

export interface ChangeOptions extends WriteOptions {
  /** Who reads it beside its owner: nobody (`private`, what it is from the start) or everybody (`public`). */
  access?: 'private' | 'public'
}

/** Keyed JSON documents of players. Writes count once, also when they had to be sent twice. */
export interface PlayerData {
  /** One document. Errors: `not_found`, also for what the player may not read. */
  get(
    collection: string,
    key: string,
    options?: OfPlayer,
  ): Promise<Result<{ document: PlayerDocument }>>
  /** Up to 50 documents, in the order asked for; null for what is not there, or not for this player. */
  getMany(
    places: readonly DocumentPlace[],
    options?: OfPlayer,
  ): Promise<Result<{ documents: (PlayerDocument | null)[] }>>
  /** The documents of a player by collection and key; `next_cursor` goes into the next call's `cursor`. */
  list(
    options?: OfPlayer & { collection?: string; limit?: number; cursor?: string },
  ): Promise<Result<{ items: PlayerDocument[]; next_cursor: string | null }>>
  /** Writes a whole document, any JSON value up to 256 KiB. Errors: `version_mismatch`, `forbidden`, `limit_reached`. */
  set(
    collection: string,
    key: string,
    value: unknown,
    options?: ChangeOptions,
  ): Promise<Result<{ document: WrittenDocument }>>
  /** Changes a document by a JSON merge patch: null removes a field, objects are merged, the rest is replaced. */
  patch(
    collection: string,
    key: string,
    patch: Record<string, unknown>,
    options?: ChangeOptions,
  ): Promise<Result<{ document: WrittenDocument }>>
  delete(collection: string, key: string, options?: WriteOptions): Promise<Result>
  /** Up to 20 writes: all of them are made or none. The error tells `collection` and `key` of the one that kept it. */
  batch(
    writes: readonly DocumentWrite[],
  ): Promise<Result<{ documents: (WrittenDocument | null)[] }>>
  /** Public documents of all players by fields that the studio has declared. Errors: `index_not_ready`. */
  query(
    collection: string,
    search: DocumentSearch,
  ): Promise<Result<{ items: PlayerDocument[]; next_cursor: string | null }>>
}

const documentsOf = (of = 'me') => `${path('players', of)}/documents`
const placeOf = (collection: string, key: string) => `${documentsOf()}${path(collection, key)}`

function conditionOf({ ifVersion }: WriteOptions): Pick<Call, 'headers'> {
  if (ifVersion === undefined) return {}
  return {
    headers: ifVersion === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${ifVersion}"` },
  }
}

export function createPlayerData(session: Session): PlayerData {
  const ask = <T extends object>(call: () => Call) =>
    attempt(async () => session.request<T>(call()))
  // A repeated write would otherwise find its own version there, and take it for somebody else's.
  const write = <T extends object>(call: () => Call) => {
    const operationId = uuidv7()
    return ask<T>(() => ({ ...call(), operationId }))
  }
  return {
    get: (collection, key, { of } = {}) =>
      ask(() => ({ method: 'GET', path: `${documentsOf(of)}${path(collection, key)}` })),
    getMany: (documents, { of } = {}) =>
      ask(() => ({
        method: 'POST',
        path: `${documentsOf(of)}/read`,
        body: { documents },
        repeatable: true,
      })),
    list: ({ of, collection, limit, cursor } = {}) =>
      ask(() => ({ method: 'GET', path: documentsOf(of), query: { collection, limit, cursor } })),
    set: (collection, key, value, { access, ...condition } = {}) =>
      write(() => ({
        method: 'PUT',
        path: placeOf(collection, key),
        body: { access, value },
        ...conditionOf(condition),
      })),
    patch: (collection, key, patch, { access, ...condition } = {}) =>
      write(() => ({
        method: 'PATCH',
        path: placeOf(collection, key),
        body: { access, patch },
        ...conditionOf(condition),
      })),
    delete: (collection, key, condition = {}) =>
      write(() => ({
        method: 'DELETE',
        path: placeOf(collection, key),
        ...conditionOf(condition),
      })),
    batch: writes =>
      write(() => ({ method: 'POST', path: `${documentsOf()}/batch`, body: { writes } })),
    query: (collection, search) =>
      ask(() => ({
        method: 'POST',
        path: `${path('documents', collection)}/search`,
        body: search,
        repeatable: true,
      })),
  }
}
