import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '@aethex/shared/errors'
import { assertStrictJson } from '@aethex/shared/http'
import { createLanes } from '@aethex/shared/limits'
import type { Ctx } from '../../gateway/context.js'
import { documentType } from './content.js'
import { declaredHash } from './content-digest.js'
import type { PutFile } from './file-shapes.js'
import { ContentType } from './schema.js'
import { type Content, writeContent } from './service.js'

/** The largest file that comes in one request; what the player's limit allows may be less. */
export const mostFileBytes = 1024 * 1_048_576
const mostDocumentBytes = 8 * 1_048_576
// What fits into memory needs no looking before, and can be stored a second time where its base has gone.
const mostReadWhole = 4 * 1_048_576

/** What is known of bytes that nobody has named. */
export const unnamedType = 'application/octet-stream'

const flawed = (header: string, reason: string) =>
  new Problem('invalid_request', {
    detail: `${header} ${reason}.`,
    errors: [{ pointer: `header/${header.toLowerCase()}`, reason }],
  })

/** The version that a write names as its base, by one of two conditions (RFC 9110, 13.1); undefined without any. */
export function baseOf(headers: IncomingHttpHeaders): number | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers
  if (match !== undefined && noneMatch !== undefined)
    throw flawed('If-Match', 'and If-None-Match cannot both hold')
  if (noneMatch !== undefined) {
    if (noneMatch !== '*') throw flawed('If-None-Match', 'is * for a slot that must not exist yet')
    return 0
  }
  if (match === undefined) return undefined
  const version = /^"(\d{1,9})(?:-[0-9a-f]{64})?"$/.exec(match)?.[1]
  if (version === undefined) throw flawed('If-Match', 'names no version, such as "3"')
  return Number(version)
}

/** The media type of a file; documents are always kept as the same one. */
function typeOf({ 'content-type': given = unnamedType }: IncomingHttpHeaders): string {
  const type = given.trim().toLowerCase()
  if (/^application\/json\s*(;\s*charset="?utf-?8"?)?$/.test(type)) return documentType
  if (!ContentType.safeParse(type).success || type.startsWith(`${documentType};`)) {
    throw new Problem('unsupported_media_type')
  }
  return type
}

const documentTooLarge = () =>
  new Problem('save_too_large', {
    detail: 'A document has up to 8 MiB. What is larger is a file: send it as another media type.',
    extensions: { limit_bytes: mostDocumentBytes },
  })

// Parsing a large document holds up the process for tens of milliseconds: few at a time.
const documentLanes = createLanes(2, 16)

async function readWhole(stream: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of stream) {
    size += piece.length
    if (size > most) throw documentTooLarge()
    pieces.push(piece)
  }
  return Buffer.concat(pieces, size)
}

/** The bytes of a document as they were sent, which are JSON as strict as that of a request. */
async function readDocument(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const bytes = await readWhole(stream, mostDocumentBytes)
  if (bytes.length === 0) throw new Problem('malformed_json', { detail: 'The body is empty.' })
  await documentLanes(async () => assertStrictJson(bytes))
  return bytes
}

/**
 * Writes a version from bytes as they come. Throws as `writeContent` does; `digest_mismatch` when they are not those
 * that Content-Digest declares, and `save_too_large` for a document that is.
 */
export async function putFile(
  ctx: Ctx,
  userId: string,
  saveId: string,
  {
    query: { strategy, branch, ...facts },
    headers,
    stream,
  }: { query: PutFile; headers: IncomingHttpHeaders; stream: AsyncIterable<Uint8Array> },
) {
  const contentType = typeOf(headers)
  const length = headers['content-length']
  const size = length === undefined ? undefined : Number(length)
  const isDocument = contentType === documentType
  if (isDocument && (size ?? 0) > mostDocumentBytes) throw documentTooLarge()
  const asked = {
    ...facts,
    save_id: saveId,
    base_version: baseOf(headers),
    on_conflict: { strategy, branch },
  }
  const isSmall = size !== undefined && size <= mostReadWhole
  const bytes = isDocument ? readDocument(stream) : isSmall ? readWhole(stream, size) : stream
  const content: Content = {
    contentType,
    bytes: await bytes,
    size,
    hash: declaredHash(headers['content-digest']),
    action: 'saves.put',
  }
  return writeContent(ctx, userId, asked, content)
}
