import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { usageWarningHeader } from '../../studio/billing/service.js'
import {
  BeginUpload,
  OfPart,
  OfSlot,
  OfUpload,
  partBytes,
  ReadUpload,
  UploadAnswer,
  WriteAnswer,
} from './schema.js'
import { abortUpload, beginUpload, completeUpload, putPart, readUpload } from './service.js'

const path = '/api/v1/saves/:user_id/:save_id/uploads'

/** Files that come in parts, and may go on after a cut. */
export const saveUploadRoutes = [
  route({
    id: 'save_uploads.begin',
    method: 'post',
    path,
    summary: 'Begins to write a slot in parts; its size is held against the limit from here on.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfSlot,
    body: BeginUpload,
    example: {
      size: 104_857_600,
      hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      content_type: 'application/octet-stream',
      base_version: 0,
    },
    idempotent: true,
    status: 201,
    returns: UploadAnswer,
    errors: [
      'not_found',
      'save_conflict',
      'limit_reached',
      'direct_upload_unavailable',
      'usage_limit_reached',
    ],
    handle: (ctx, { params, body }) => beginUpload(ctx, params.user_id, params.save_id, body),
  }),
  route({
    id: 'save_uploads.read',
    method: 'get',
    path: `${path}/:upload_id`,
    summary: 'An upload as it stands: which parts are there.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfUpload,
    query: ReadUpload,
    returns: UploadAnswer,
    errors: ['not_found', 'direct_upload_unavailable'],
    handle: (ctx, { params: { user_id, save_id, upload_id: uploadId }, query: { urls } }) =>
      readUpload(ctx, user_id, save_id, { uploadId, urls }),
  }),
  route({
    id: 'save_uploads.put_part',
    method: 'put',
    path: `${path}/:upload_id/parts/:part`,
    summary: 'Stores one part, of exactly its length; a part that is there already is replaced.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfPart,
    takes: ['*/*'],
    streams: true,
    bodyLimit: partBytes,
    returns: UploadAnswer,
    errors: ['not_found', 'upload_completed'],
    handle: (ctx, { params, headers, stream }) => putPart(ctx, params, { headers, stream }),
  }),
  route({
    id: 'save_uploads.complete',
    method: 'post',
    path: `${path}/:upload_id/complete`,
    summary: 'Makes a new version of all parts; asked again, it answers the same.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfUpload,
    status: 201,
    returns: WriteAnswer,
    errors: [
      'not_found',
      'upload_incomplete',
      'digest_mismatch',
      'save_conflict',
      'save_version_gone',
      'usage_limit_reached',
      'busy',
    ],
    budget: { name: 'complete-upload', quota: 300, windowSeconds: 600 },
    handle: async (ctx, { params: { user_id, save_id, upload_id } }) => {
      const { answer, warning } = await completeUpload(ctx, user_id, save_id, upload_id)
      const headers = warning === undefined ? {} : { [usageWarningHeader]: warning }
      return new Reply(answer, { headers })
    },
  }),
  route({
    id: 'save_uploads.abort',
    method: 'delete',
    path: `${path}/:upload_id`,
    summary: 'Gives an upload up, and what has come of it.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfUpload,
    errors: ['not_found', 'upload_completed'],
    handle: (ctx, { params: { user_id, save_id, upload_id } }) =>
      abortUpload(ctx, user_id, save_id, upload_id),
  }),
]
