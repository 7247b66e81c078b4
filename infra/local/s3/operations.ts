import {
  answerCreateBucket,
  answerDeleteObjects,
  answerHeadBucket,
  answerListBuckets,
  answerListObjects,
} from './bucket-operations.js'
import type { Operation } from './call.js'
import { S3Error } from './errors.js'
import {
  answerDeleteObject,
  answerGetObject,
  answerHeadObject,
  answerPutObject,
} from './object-operations.js'
import type { RequestTarget } from './request-target.js'
import {
  answerAbortUpload,
  answerCompleteUpload,
  answerCreateUpload,
  answerListParts,
  answerListUploads,
  answerUploadPart,
} from './upload-operations.js'

const operations = new Map<string, Operation>([
  ['GET /', answerListBuckets],
  ['PUT /bucket', answerCreateBucket],
  ['HEAD /bucket', answerHeadBucket],
  ['GET /bucket?list-type', answerListObjects],
  ['GET /bucket?uploads', answerListUploads],
  ['POST /bucket?delete', answerDeleteObjects],
  ['PUT /bucket/key', answerPutObject],
  ['GET /bucket/key', answerGetObject],
  ['HEAD /bucket/key', answerHeadObject],
  ['DELETE /bucket/key', answerDeleteObject],
  ['POST /bucket/key?uploads', answerCreateUpload],
  ['PUT /bucket/key?partNumber&uploadId', answerUploadPart],
  ['GET /bucket/key?uploadId', answerListParts],
  ['POST /bucket/key?uploadId', answerCompleteUpload],
  ['DELETE /bucket/key?uploadId', answerAbortUpload],
])

// Parameters that select another operation of the S3 API; all others only refine one.
const selectors = new Set(
  [
    'accelerate acl analytics attributes cors delete encryption intelligent-tiering inventory',
    'legal-hold lifecycle list-type location logging metrics notification object-lock',
    'ownershipControls partNumber policy policyStatus publicAccessBlock renameObject replication',
    'requestPayment restore retention select select-type session tagging torrent uploadId uploads',
    'versionId versioning versions website',
  ].flatMap(line => line.split(' ')),
)

/** Finds what a request asks for; everything outside of the table is `NotImplemented`. */
export function findOperation(target: RequestTarget): Operation {
  const level = target.key !== '' ? '/bucket/key' : target.bucket !== '' ? '/bucket' : '/'
  const selected = [...target.parameters.keys()].filter(name => selectors.has(name)).sort()
  const question = selected.length > 0 ? `?${selected.join('&')}` : ''
  const operation = operations.get(`${target.method} ${level}${question}`)
  if (!operation) throw new S3Error('NotImplemented')
  return operation
}
