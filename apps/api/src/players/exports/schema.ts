import { z } from 'zod'
import { Id } from '../../gateway/shapes.js'

export const Export = z
  .object({
    id: z.uuid(),
    state: z.enum(['pending', 'ready', 'failed']),
    requested_by: z.string(),
    created_at: z.iso.datetime(),
    ready_at: z.iso.datetime().nullable(),
    /** The archive is removed then. */
    expires_at: z.iso.datetime().nullable(),
    /** Bytes of the archive. */
    size: z.int().nullable(),
    sha256: z.string().nullable(),
  })
  .meta({ id: 'Export' })

export const OneExport = z.strictObject({ export_id: Id })
export const OnePlayer = z.strictObject({ environment_id: Id, player_id: Id })
export const OneExportOf = OnePlayer.extend({ export_id: Id })

export const ExportAnswer = z.object({ export: Export })
export const ExportList = z.object({ items: z.array(Export), next_cursor: z.null() })
