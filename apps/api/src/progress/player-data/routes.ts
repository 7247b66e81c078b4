import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { conditionIn, conditionOf } from './condition.js'
import {
  DocumentAnswer,
  DocumentList,
  DocumentPage,
  FoundBatch,
  NewValue,
  OfPlayer,
  OneDocument,
  ReadBatch,
  ValuePatch,
  WriteBatch,
  WrittenAnswer,
  WrittenBatch,
} from './schema.js'
import { InCollection, IndexList, InEnvironment, Search } from './search-schema.js'
import {
  type Change,
  listDocumentIndexes,
  listPlayerDocuments,
  readDocument,
  readDocuments,
  searchCollection,
  writeDocument,
  writeDocuments,
} from './service.js'

const kilobyte = 1_024
const ofPlayer = '/api/v1/players/:user_id/documents'
const one = `${ofPlayer}/:collection/:key`

const writeErrors = [
  'not_found',
  'forbidden',
  'version_mismatch',
  'condition_required',
  'limit_reached',
  'body_too_large',
] as const

async function written(result: ReturnType<typeof writeDocument>) {
  const document = await result
  if (document === null) throw new Error('a write that ends nothing has left nothing')
  return new Reply({ document }, { headers: { etag: `"${document.version}"` } })
}

export const documentRoutes = [
  route({
    id: 'documents.list',
    method: 'get',
    path: ofPlayer,
    summary: 'The documents of a player that the caller may read, by collection and key.',
    auth: ['player', 'server'],
    scope: 'documents:read',
    params: OfPlayer,
    query: DocumentPage,
    returns: DocumentList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listPlayerDocuments(ctx, params.user_id, query),
  }),
  route({
    id: 'documents.read_many',
    method: 'post',
    path: `${ofPlayer}/read`,
    summary: 'Up to 50 documents of a player at once; null for what is not there, or not for you.',
    auth: ['player', 'server'],
    scope: 'documents:read',
    params: OfPlayer,
    body: ReadBatch,
    example: { documents: [{ collection: 'settings', key: 'controls' }] },
    returns: FoundBatch,
    errors: ['not_found'],
    handle: (ctx, { params, body }) => readDocuments(ctx, params.user_id, body.documents),
  }),
  route({
    id: 'documents.write_many',
    method: 'post',
    path: `${ofPlayer}/batch`,
    summary: 'Up to 20 writes, each with its own condition: all of them are made or none.',
    auth: ['player', 'server'],
    scope: 'documents:write',
    params: OfPlayer,
    body: WriteBatch,
    example: {
      writes: [
        { op: 'put', collection: 'decks', key: 'main', value: { cards: [3, 5] }, if_version: 0 },
        { op: 'put', collection: 'settings', key: 'last', value: { deck: 'main' } },
      ],
    },
    bodyLimit: 20 * 272 * kilobyte,
    idempotent: true,
    returns: WrittenBatch,
    errors: writeErrors,
    handle: async (ctx, { params, body }) => {
      const changes = body.writes.map(({ if_version: version, ...write }): Change => {
        const condition = conditionOf(version)
        return write.op === 'delete'
          ? { ...write, condition }
          : { ...write, access: write.access, condition }
      })
      const documents = await writeDocuments(ctx, params.user_id, changes, 'documents.write_many')
      return { documents }
    },
  }),
  route({
    id: 'documents.read',
    method: 'get',
    path: one,
    summary: 'One document; its version is the ETag.',
    auth: ['player', 'server'],
    scope: 'documents:read',
    params: OneDocument,
    returns: DocumentAnswer,
    errors: ['not_found'],
    handle: async (ctx, { params, headers }) => {
      const { user_id: userId, ...place } = params
      const answer = await readDocument(ctx, userId, place)
      const etag = `"${answer.document.version}"`
      const status = headers['if-none-match'] === etag ? 304 : 200
      return new Reply(answer, { status, headers: { etag } })
    },
  }),
  route({
    id: 'documents.write',
    method: 'put',
    path: one,
    summary: 'Writes a document. If-Match names the version it replaces; If-None-Match: * creates.',
    auth: ['player', 'server'],
    scope: 'documents:write',
    params: OneDocument,
    body: NewValue,
    example: { access: 'private', value: { volume: 0.8, keys: { jump: 'space' } } },
    bodyLimit: 272 * kilobyte,
    idempotent: true,
    returns: WrittenAnswer,
    errors: writeErrors,
    handle: (ctx, { params, body, headers }) => {
      const { user_id: userId, ...place } = params
      const condition = conditionIn(headers)
      const { value, access } = body
      const change: Change = { op: 'put', ...place, value, access, condition }
      return written(writeDocument(ctx, userId, change, 'documents.write'))
    },
  }),
  route({
    id: 'documents.patch',
    method: 'patch',
    path: one,
    summary: 'Changes a document by a JSON merge patch (RFC 7396), on the version that is there.',
    auth: ['player', 'server'],
    scope: 'documents:write',
    params: OneDocument,
    body: ValuePatch,
    example: { access: 'private', patch: { keys: { jump: 'w', crouch: null } } },
    bodyLimit: 272 * kilobyte,
    idempotent: true,
    returns: WrittenAnswer,
    errors: writeErrors,
    handle: (ctx, { params, body, headers }) => {
      const { user_id: userId, ...place } = params
      const condition = conditionIn(headers)
      const { patch, access } = body
      const change: Change = { op: 'patch', ...place, patch, access, condition }
      return written(writeDocument(ctx, userId, change, 'documents.patch'))
    },
  }),
  route({
    id: 'documents.delete',
    method: 'delete',
    path: one,
    summary: 'Deletes a document; with If-Match only that version.',
    auth: ['player', 'server'],
    scope: 'documents:write',
    params: OneDocument,
    idempotent: true,
    errors: ['not_found', 'forbidden', 'version_mismatch', 'condition_required'],
    handle: async (ctx, { params, headers }) => {
      const { user_id: userId, ...place } = params
      const change: Change = { op: 'delete', ...place, condition: conditionIn(headers) }
      await writeDocument(ctx, userId, change, 'documents.delete')
    },
  }),
  route({
    id: 'documents.search',
    method: 'post',
    path: '/api/v1/documents/:collection/search',
    summary: 'Documents of all players by declared fields; of players only the public ones.',
    auth: ['player', 'server'],
    scope: 'documents:read',
    params: InCollection,
    body: Search,
    example: {
      where: [{ field: '/level', gte: 10 }],
      order: { field: '/level', direction: 'desc' as const },
      limit: 20,
    },
    returns: DocumentList,
    errors: ['invalid_cursor', 'index_not_ready'],
    handle: (ctx, { params, body }) => searchCollection(ctx, params.collection, body),
  }),
  route({
    id: 'documents.indexes',
    method: 'get',
    path: '/api/v1/studio/environments/:environment_id/documents/indexes',
    summary: 'The declared fields of documents, and how far their indexes are.',
    auth: ['member', 'server'],
    scope: 'documents:read',
    params: InEnvironment,
    returns: IndexList,
    errors: ['not_found'],
    handle: (ctx, { params }) => listDocumentIndexes(ctx, params.environment_id),
  }),
]
