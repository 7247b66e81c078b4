import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { RawReply } from '@aethex/shared/http'
import type { Ctx } from '../../gateway/context.js'
import { readRange } from './byte-range.js'
import { documentType, placeOf, streamOf } from './content.js'
import { digestOf } from './content-digest.js'
import { unnamedType } from './files.js'
import { ownerOf } from './owner.js'
import type { ReadableRow } from './read-store.js'
import { findReadable } from './reading.js'

/** The tag of a version, by which it can be named in If-Match, If-None-Match and If-Range. */
export const tagOf = ({ version, hash }: { version: number; hash: string | null }) =>
  `"${version}-${hash}"`

/** Whether If-None-Match names the tag (RFC 9110, 13.1.2, with the weak comparison). */
export const isKnown = (ifNoneMatch: string | undefined, tag: string): boolean =>
  ifNoneMatch === '*' ||
  (ifNoneMatch ?? '').split(',').some(one => one.trim().replace(/^W\//, '') === tag)

// What a browser might carry out, or show as a page, is handed out as nothing but bytes.
const harmless =
  /^(application\/(json|zip|gzip|cbor|msgpack|vnd\.msgpack|x-msgpack|protobuf|x-protobuf)|text\/plain|image\/(png|jpeg|gif|webp|avif)|(audio|video)\/[\w.+-]+|model\/gltf-binary)(;.*)?$/

const withoutParameters = (type: string) => type.split(';', 1)[0]?.trim().toLowerCase() ?? ''

const firstAccepted = ({ accept = '' }: IncomingHttpHeaders) =>
  withoutParameters(accept.split(',', 1)[0] ?? '')

/** The types that stand for the answer in JSON. */
const inJson = new Set(['', '*/*', 'application/*', documentType, 'application/problem+json'])

/** Whether bytes are asked for, as far as that can be told without knowing the version's own type. */
const mayWantBytes = (headers: IncomingHttpHeaders) =>
  headers.range !== undefined || !inJson.has(firstAccepted(headers))

const wantsBytes = (headers: IncomingHttpHeaders, ownType: string) =>
  headers.range !== undefined ||
  [unnamedType, withoutParameters(ownType)].includes(firstAccepted(headers))

/** A stream that has begun: what fails before its first byte can still be answered as a refusal. */
async function begun(bytes: AsyncIterable<Uint8Array>): Promise<Readable> {
  const iterator = bytes[Symbol.asyncIterator]()
  let next = await iterator.next()
  async function* all() {
    try {
      for (; next.done !== true; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  return Readable.from(all(), { objectMode: false })
}

async function bytesReply(
  ctx: Ctx,
  playerId: string,
  row: ReadableRow,
  headers: IncomingHttpHeaders,
): Promise<RawReply> {
  const { save_id: saveId, version, size, content_type: type, hash } = row
  const etag = tagOf({ version, hash: hash?.toString('hex') ?? null })
  const about = { etag, 'accept-ranges': 'bytes', vary: 'accept' }
  if (isKnown(headers['if-none-match'], etag)) {
    return new RawReply(undefined, { status: 304, headers: about })
  }
  const ifRange = headers['if-range']
  const isSame = ifRange === undefined || ifRange === etag
  const range = isSame ? readRange(headers.range, size) : undefined
  const { start, end } = range ?? { start: 0, end: size }
  const bytes = streamOf(ctx, placeOf(ctx, playerId, saveId), row, range)
  return new RawReply(await begun(bytes), {
    status: range === undefined ? 200 : 206,
    headers: {
      ...about,
      'content-type': type !== null && harmless.test(type) ? type : unnamedType,
      'content-length': String(end - start),
      'content-disposition': `attachment; filename="${saveId}"`,
      'content-security-policy': "sandbox; default-src 'none'",
      ...(hash === null ? {} : { 'repr-digest': digestOf(hash) }),
      ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
    },
  })
}

/**
 * The bytes of a version, where the request asks for them and not for JSON: by Accept, or by a Range. Undefined where
 * it does not. Throws `range_not_satisfiable`, and as reading does.
 */
export async function readBytes(
  ctx: Ctx,
  userId: string,
  saveId: string,
  { version, headers }: { version: number | undefined; headers: IncomingHttpHeaders },
): Promise<RawReply | undefined> {
  if (!mayWantBytes(headers)) return undefined
  const playerId = ownerOf(ctx, userId)
  const row = await findReadable(ctx, playerId, saveId, version)
  if (!wantsBytes(headers, row.content_type ?? '')) return undefined
  return bytesReply(ctx, playerId, row, headers)
}
