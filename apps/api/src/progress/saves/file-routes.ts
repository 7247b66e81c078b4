import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { usageWarningHeader } from '../../studio/billing/service.js'
import { tagOf } from './file-bytes.js'
import { PutFile } from './file-shapes.js'
import { mostFileBytes, putFile } from './files.js'
import { OfSlot, WriteAnswer } from './schema.js'

/** Saves as bytes; they are read where all saves are, by Accept or by a Range. */
export const saveFileRoutes = [
  route({
    id: 'saves.put',
    method: 'put',
    path: '/api/v1/saves/:user_id/:save_id',
    summary: 'Writes a new version of a slot from bytes of any type, as they come.',
    auth: ['player', 'server'],
    scope: 'saves:write',
    params: OfSlot,
    query: PutFile,
    takes: ['*/*'],
    streams: true,
    bodyLimit: mostFileBytes,
    idempotent: true,
    status: 201,
    returns: WriteAnswer,
    errors: [
      'save_conflict',
      'save_version_gone',
      'save_too_large',
      'malformed_json',
      'not_found',
      'usage_limit_reached',
    ],
    handle: async (ctx, { params, query, headers, stream }) => {
      const { answer, warning } = await putFile(ctx, params.user_id, params.save_id, {
        query,
        headers,
        stream,
      })
      return new Reply(answer, {
        headers: {
          etag: tagOf(answer.save),
          ...(warning === undefined ? {} : { [usageWarningHeader]: warning }),
        },
      })
    },
  }),
]
