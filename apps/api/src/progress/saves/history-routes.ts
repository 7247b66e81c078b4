import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { pictureTypes } from '../../gateway/pictures.js'
import { diffSave, restoreSave, setPin, undeleteSave } from './history.js'
import {
  Difference,
  OfSlot,
  OfVersion,
  OneOfSlot,
  RestoreSave,
  SaveAnswer,
  TwoVersions,
  WriteAnswer,
} from './schema.js'
import { getThumbnail, setThumbnail, thumbnailBytes } from './thumbnails.js'

const path = '/api/v1/saves/:user_id/:save_id'

/** What can be done with the versions of a slot. */
export const saveHistoryRoutes = [
  route({
    id: 'saves.restore',
    method: 'post',
    path: `${path}/restore`,
    summary: 'Makes an older version the newest, as a new version.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfSlot,
    body: RestoreSave,
    example: { version: 1 },
    idempotent: true,
    status: 201,
    returns: WriteAnswer,
    errors: ['not_found', 'save_conflict', 'save_version_gone', 'usage_limit_reached'],
    handle: (ctx, { params, body }) => restoreSave(ctx, params.user_id, params.save_id, body),
  }),
  route({
    id: 'saves.undelete',
    method: 'post',
    path: `${path}/undelete`,
    summary: 'Brings a deleted slot back as it was, as a new version, while its tier keeps it.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfSlot,
    idempotent: true,
    status: 201,
    returns: WriteAnswer,
    errors: ['not_found', 'save_conflict', 'save_version_gone', 'usage_limit_reached'],
    handle: (ctx, { params }) => undeleteSave(ctx, params.user_id, params.save_id),
  }),
  route({
    id: 'saves.pin',
    method: 'put',
    path: `${path}/versions/:version/pin`,
    summary: 'Keeps a version for good, however the history is thinned.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfVersion,
    returns: SaveAnswer,
    errors: ['not_found', 'too_many_pins'],
    handle: (ctx, { params: { user_id, save_id: saveId, version } }) =>
      setPin(ctx, user_id, { saveId, version, pinned: true }),
  }),
  route({
    id: 'saves.unpin',
    method: 'delete',
    path: `${path}/versions/:version/pin`,
    summary: 'Leaves a version to the retention again.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfVersion,
    status: 200,
    returns: SaveAnswer,
    errors: ['not_found'],
    handle: (ctx, { params: { user_id, save_id: saveId, version } }) =>
      setPin(ctx, user_id, { saveId, version, pinned: false }),
  }),
  route({
    id: 'saves.diff',
    method: 'get',
    path: `${path}/diff`,
    summary:
      'What has changed between two versions: a JSON Patch, or for files the ranges of bytes.',
    auth: ['player', 'server'],
    scope: 'saves:read',
    params: OfSlot,
    query: TwoVersions,
    returns: Difference,
    errors: ['not_found', 'save_too_large', 'save_corrupt', 'busy', 'unavailable'],
    handle: (ctx, { params, query }) => diffSave(ctx, params.user_id, params.save_id, query),
  }),
  route({
    id: 'saves.set_thumbnail',
    method: 'put',
    path: `${path}/thumbnail`,
    summary: 'Puts a picture (PNG, JPEG or WebP) beside a version; it is drawn anew, smaller.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfSlot,
    query: OneOfSlot,
    takes: pictureTypes,
    bodyLimit: thumbnailBytes,
    returns: SaveAnswer,
    errors: ['not_found', 'image_invalid', 'busy', 'unavailable'],
    budget: { name: 'save-thumbnail', quota: 120, windowSeconds: 600 },
    handle: (ctx, { params, query, bytes }) =>
      setThumbnail(ctx, params.user_id, params.save_id, { version: query.version, bytes }),
  }),
  route({
    id: 'saves.thumbnail',
    method: 'get',
    path: `${path}/thumbnail`,
    summary: 'The picture of a version.',
    auth: ['player', 'server'],
    scope: 'saves:read',
    params: OfSlot,
    query: OneOfSlot,
    answers: 'image/webp',
    errors: ['not_found', 'save_corrupt', 'unavailable'],
    handle: async (ctx, { params, query }) =>
      new Reply(await getThumbnail(ctx, params.user_id, params.save_id, query.version)),
  }),
]
