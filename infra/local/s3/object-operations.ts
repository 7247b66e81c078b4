import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { receiveFile } from './body.js'
import { type Call, sendEmpty } from './call.js'
import { checksumHeaders } from './checksums.js'
import { checkReadConditions, writeConditions } from './conditions.js'
import { S3Error } from './errors.js'
import { downloadHeaders, headersToKeep } from './object-headers.js'
import {
  type ObjectRecord,
  openObject,
  publishObject,
  readObject,
  removeObject,
} from './objects.js'
import { type ByteRange, parseRange } from './range.js'
import { findBucket } from './store.js'

export async function answerPutObject(call: Call): Promise<void> {
  const { store, key } = call
  const bucket = findBucket(store, call.bucket)
  const conditions = writeConditions(call.headers)
  const headers = headersToKeep(call.headers)
  const received = await receiveFile(store.tmp, call)
  try {
    const target = { key, etag: received.digests.md5, headers }
    const object = await publishObject(store, bucket, received, target, conditions)
    sendEmpty(call.response, 200, {
      etag: `"${object.etag}"`,
      'content-length': '0',
      ...checksumHeaders(object.checksums),
    })
  } finally {
    await rm(received.path, { force: true })
  }
}

export async function answerGetObject(call: Call): Promise<void> {
  const { object, file } = await openObject(findBucket(call.store, call.bucket), call.key)
  try {
    const answer = describeDownload(call, object)
    call.response.writeHead(answer.status, answer.headers)
    if (!answer.body) {
      call.response.end()
      return
    }
    await pipeline(file.createReadStream({ ...answer.body, autoClose: false }), call.response)
  } finally {
    await file.close()
  }
}

export async function answerHeadObject(call: Call): Promise<void> {
  const object = await readObject(findBucket(call.store, call.bucket), call.key)
  if (!object) throw new S3Error('NoSuchKey')
  const { status, headers } = describeDownload(call, object)
  sendEmpty(call.response, status, headers)
}

export async function answerDeleteObject(call: Call): Promise<void> {
  const bucket = findBucket(call.store, call.bucket)
  await removeObject(call.store, bucket, call.key, writeConditions(call.headers))
  sendEmpty(call.response, 204)
}

interface Download {
  status: number
  headers: Record<string, string>
  body?: ByteRange
}

function describeDownload(call: Call, object: ObjectRecord): Download {
  const headers = downloadHeaders(object, call.parameters)
  if (checkReadConditions(call.headers, object) === 'not_modified') return { status: 304, headers }
  const ifRange = call.headers.get('if-range')
  const current =
    ifRange === undefined || [headers.etag, headers['last-modified']].includes(ifRange)
  const range = current ? parseRange(call.headers.get('range'), object.size) : undefined
  if (range) {
    headers['content-range'] = `bytes ${range.start}-${range.end}/${object.size}`
    headers['content-length'] = String(range.end - range.start + 1)
    return { status: 206, headers, body: range }
  }
  if (call.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED') {
    Object.assign(headers, checksumHeaders(object.checksums))
  }
  headers['content-length'] = String(object.size)
  if (object.size === 0) return { status: 200, headers }
  return { status: 200, headers, body: { start: 0, end: object.size - 1 } }
}
