import { rm } from 'node:fs/promises'
import { receiveFile, receiveText } from './body.js'
import { type Call, integerParameter, sendEmpty, sendXml } from './call.js'
import { checksumAlgorithm, checksumHeaders } from './checksums.js'
import { writeConditions } from './conditions.js'
import { S3Error } from './errors.js'
import {
  abortUpload,
  completeUpload,
  createUpload,
  findUpload,
  listParts,
  listUploads,
  savePart,
  type Upload,
} from './multipart.js'
import { headersToKeep } from './object-headers.js'
import { findBucket } from './store.js'
import { element, readElements, readText, textElement, xmlDocument } from './xml.js'

const mostParts = 10_000

export async function answerCreateUpload(call: Call): Promise<void> {
  const { store, bucket, key, headers } = call
  findBucket(store, bucket)
  const algorithm = headers.get('x-amz-checksum-algorithm')
  if (algorithm !== undefined) checksumAlgorithm(algorithm)
  await receiveText(call)
  const upload = await createUpload(store, { bucket, key, headers: headersToKeep(headers) })
  const answerHeaders: Record<string, string> = algorithm
    ? { 'x-amz-checksum-algorithm': algorithm }
    : {}
  const xml = xmlDocument('InitiateMultipartUploadResult', ...describe(upload))
  sendXml(call.response, xml, 200, answerHeaders)
}

export async function answerUploadPart(call: Call): Promise<void> {
  const number = integerParameter(call, 'partNumber', { least: 1, most: mostParts })
  const upload = await requestedUpload(call)
  const received = await receiveFile(call.store.tmp, call)
  try {
    await savePart(call.store, upload, number, received)
  } finally {
    await rm(received.path, { force: true })
  }
  sendEmpty(call.response, 200, {
    etag: `"${received.digests.md5}"`,
    'content-length': '0',
    ...checksumHeaders(received.digests.checksums),
  })
}

export async function answerListParts(call: Call): Promise<void> {
  const upload = await requestedUpload(call)
  const parts = (await listParts(call.store, upload)).map(part =>
    element(
      'Part',
      textElement('PartNumber', part.number),
      textElement('LastModified', new Date(part.uploadedAt).toISOString()),
      textElement('ETag', `"${part.digests.md5}"`),
      textElement('Size', part.digests.size),
    ),
  )
  const xml = xmlDocument(
    'ListPartsResult',
    ...describe(upload),
    textElement('IsTruncated', false),
    ...parts,
  )
  sendXml(call.response, xml)
}

export async function answerCompleteUpload(call: Call): Promise<void> {
  const bucket = findBucket(call.store, call.bucket)
  const conditions = writeConditions(call.headers)
  const parts = readElements(await receiveText(call), 'Part').map(part => {
    const number = Number(readText(part, 'PartNumber'))
    const etag = readText(part, 'ETag')
    if (!Number.isInteger(number) || etag === undefined) throw new S3Error('MalformedXML')
    return { number, etag: etag.replaceAll('"', '') }
  })
  const upload = await requestedUpload(call)
  const object = await completeUpload(call.store, bucket, upload, parts, conditions)
  const xml = xmlDocument(
    'CompleteMultipartUploadResult',
    textElement('Bucket', bucket.name),
    textElement('Key', object.key),
    textElement('ETag', `"${object.etag}"`),
  )
  sendXml(call.response, xml)
}

export async function answerAbortUpload(call: Call): Promise<void> {
  await abortUpload(call.store, await requestedUpload(call))
  sendEmpty(call.response, 204)
}

export async function answerListUploads(call: Call): Promise<void> {
  const bucket = findBucket(call.store, call.bucket)
  const prefix = call.parameters.get('prefix') ?? ''
  const uploads = (await listUploads(call.store, bucket.name))
    .filter(upload => upload.key.startsWith(prefix))
    .map(upload =>
      element(
        'Upload',
        ...describe(upload),
        textElement('Initiated', new Date(upload.startedAt).toISOString()),
      ),
    )
  const xml = xmlDocument(
    'ListMultipartUploadsResult',
    textElement('Bucket', bucket.name),
    textElement('IsTruncated', false),
    ...uploads,
  )
  sendXml(call.response, xml)
}

function requestedUpload(call: Call): Promise<Upload> {
  const id = call.parameters.get('uploadId') ?? ''
  return findUpload(call.store, { id, bucket: call.bucket, key: call.key })
}

function describe(upload: Upload): string[] {
  return [
    textElement('Bucket', upload.bucket),
    textElement('Key', upload.key),
    textElement('UploadId', upload.id),
  ]
}
