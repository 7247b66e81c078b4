import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { ExportAnswer, ExportList, OneExport, OneExportOf, OnePlayer } from './schema.js'
import {
  getExport,
  getMyExport,
  listMyExports,
  readArchive,
  readMyArchive,
  requestExportFor,
  requestMyExport,
} from './service.js'

const mine = '/api/v1/auth/exports'
const theirs = '/api/v1/studio/environments/:environment_id/players/:player_id/exports'

const asFile = ({ archive, size }: Awaited<ReturnType<typeof readArchive>>) =>
  new Reply(archive, {
    headers: {
      'content-length': String(size),
      'content-disposition': 'attachment; filename="my-data.zip"',
    },
  })

export const exportRoutes = [
  route({
    id: 'exports.request',
    method: 'post',
    path: mine,
    summary: 'Has an archive made of everything that is kept of the player.',
    auth: ['player'],
    status: 202,
    returns: ExportAnswer,
    errors: ['reauthentication_required'],
    budget: { name: 'exports', quota: 30, windowSeconds: 3_600 },
    handle: ctx => requestMyExport(ctx),
  }),
  route({
    id: 'exports.list',
    method: 'get',
    path: mine,
    summary: "The player's exports, newest first.",
    auth: ['player'],
    returns: ExportList,
    handle: ctx => listMyExports(ctx),
  }),
  route({
    id: 'exports.read',
    method: 'get',
    path: `${mine}/:export_id`,
    summary: 'How far an export is.',
    auth: ['player'],
    params: OneExport,
    returns: ExportAnswer,
    errors: ['not_found'],
    handle: (ctx, { params }) => getMyExport(ctx, params.export_id),
  }),
  route({
    id: 'exports.archive',
    method: 'get',
    path: `${mine}/:export_id/archive`,
    summary: 'The archive itself: a ZIP of JSON files.',
    auth: ['player'],
    params: OneExport,
    answers: 'application/zip',
    errors: ['not_found', 'not_ready'],
    handle: async (ctx, { params }) => asFile(await readMyArchive(ctx, params.export_id)),
  }),
  route({
    id: 'exports.request_for',
    method: 'post',
    path: theirs,
    summary: 'Has an archive made on behalf of a player.',
    auth: ['member', 'server'],
    scope: 'privacy:write',
    params: OnePlayer,
    status: 202,
    returns: ExportAnswer,
    errors: ['not_found'],
    handle: (ctx, { params }) => requestExportFor(ctx, params.environment_id, params.player_id),
  }),
  route({
    id: 'exports.read_for',
    method: 'get',
    path: `${theirs}/:export_id`,
    summary: "How far a player's export is.",
    auth: ['member', 'server'],
    scope: 'privacy:read',
    params: OneExportOf,
    returns: ExportAnswer,
    errors: ['not_found'],
    handle: (ctx, { params }) =>
      getExport(ctx, params.environment_id, params.player_id, params.export_id),
  }),
  route({
    id: 'exports.archive_for',
    method: 'get',
    path: `${theirs}/:export_id/archive`,
    summary: "The archive of a player's export.",
    auth: ['member', 'server'],
    scope: 'privacy:read',
    params: OneExportOf,
    answers: 'application/zip',
    errors: ['not_found', 'not_ready'],
    handle: async (ctx, { params }) =>
      asFile(await readArchive(ctx, params.environment_id, params.player_id, params.export_id)),
  }),
]
