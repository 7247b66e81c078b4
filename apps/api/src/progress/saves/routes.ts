import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { Page } from '../../gateway/shapes.js'
import { usageWarningHeader } from '../../studio/billing/service.js'
import { readBytes } from './file-bytes.js'
import { saveFileRoutes } from './file-routes.js'
import { baseOf } from './files.js'
import { saveHistoryRoutes } from './history-routes.js'
import {
  DeleteSave,
  HistoryPage,
  NewSave,
  OfPlayer,
  OfSlot,
  ReadSave,
  SaveList,
  SaveWithData,
  SlotList,
  WriteAnswer,
} from './schema.js'
import { deleteSave, listHistory, listSaves, readSave, writeDocument } from './service.js'

const megabyte = 1_048_576

const withWarning = ({ answer, warning }: Awaited<ReturnType<typeof writeDocument>>) =>
  new Reply(answer, warning === undefined ? {} : { headers: { [usageWarningHeader]: warning } })

export const saveRoutes = [
  ...saveFileRoutes,
  ...saveHistoryRoutes,
  route({
    id: 'saves.list',
    method: 'get',
    path: '/api/v1/saves/:user_id',
    summary: 'The slots of a player.',
    auth: ['player', 'server'],
    scope: 'saves:read',
    params: OfPlayer,
    query: Page,
    returns: SlotList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listSaves(ctx, params.user_id, query),
  }),
  route({
    id: 'saves.write',
    method: 'post',
    path: '/api/v1/saves/:user_id',
    summary: 'Writes a new version of a slot, on top of the version it was made from.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfPlayer,
    body: NewSave,
    example: { save_id: 'slot1', data: { level: 3, hp: 80 }, metadata: { chapter: 'The mill' } },
    bodyLimit: 8 * megabyte,
    idempotent: true,
    status: 201,
    returns: WriteAnswer,
    errors: [
      'save_conflict',
      'save_version_gone',
      'not_found',
      'account_closed',
      'usage_limit_reached',
      'unavailable',
    ],
    handle: async (ctx, { params, body, headers }) => {
      const base_version = body.base_version ?? baseOf(headers)
      return withWarning(await writeDocument(ctx, params.user_id, { ...body, base_version }))
    },
  }),
  route({
    id: 'saves.history',
    method: 'get',
    path: '/api/v1/saves/:user_id/history',
    summary: 'The versions of a slot, newest first.',
    auth: ['player', 'server'],
    scope: 'saves:read',
    params: OfPlayer,
    query: HistoryPage,
    returns: SaveList,
    errors: ['not_found', 'invalid_cursor'],
    handle: (ctx, { params, query }) => listHistory(ctx, params.user_id, query),
  }),
  route({
    id: 'saves.read',
    method: 'get',
    path: '/api/v1/saves/:user_id/:save_id',
    summary:
      'The newest version of a slot, or a given one, with its data; or its bytes, or a range of them.',
    auth: ['player', 'server'],
    scope: 'saves:read',
    params: OfSlot,
    query: ReadSave,
    returns: SaveWithData,
    answers: 'application/octet-stream',
    errors: [
      'not_found',
      'range_not_satisfiable',
      'save_corrupt',
      'unavailable',
      'save_format_unknown',
      'save_format_failed',
      'save_format_newer',
      'busy',
    ],
    handle: async (ctx, { params, query, headers }) => {
      const { version } = query
      const asBytes = await readBytes(ctx, params.user_id, params.save_id, { version, headers })
      if (asBytes !== undefined) return asBytes
      const answer = await readSave(ctx, params.user_id, params.save_id, query)
      const etag = `"${answer.save.version}-${answer.save.hash}"`
      // What the steps make of a version may change with them, and has another tag than the version.
      if ('migrated_to' in answer) return new Reply(answer, { headers: { vary: 'accept' } })
      const status = headers['if-none-match'] === etag ? 304 : 200
      return new Reply(answer, { status, headers: { etag, vary: 'accept' } })
    },
  }),
  route({
    id: 'saves.delete',
    method: 'delete',
    path: '/api/v1/saves/:user_id/:save_id',
    summary: 'Ends a slot with a tombstone; its history stays.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfSlot,
    query: DeleteSave,
    idempotent: true,
    errors: ['not_found', 'save_conflict', 'save_version_gone'],
    handle: (ctx, { params, query, headers }) => {
      const base = query.base_version ?? baseOf(headers)
      return deleteSave(ctx, params.user_id, params.save_id, base)
    },
  }),
]
