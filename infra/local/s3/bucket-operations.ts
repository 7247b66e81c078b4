import { receiveText } from './body.js'
import { type Call, integerParameter, sendEmpty, sendXml } from './call.js'
import { S3Error } from './errors.js'
import { listObjects } from './listing.js'
import { removeObject } from './objects.js'
import { createBucket, findBucket } from './store.js'
import { element, readElements, readText, textElement, xmlDocument } from './xml.js'

const mostDeletes = 1000

export function answerListBuckets({ store, response }: Call): void {
  const buckets = [...store.buckets.values()].map(bucket =>
    element(
      'Bucket',
      textElement('Name', bucket.name),
      textElement('CreationDate', bucket.createdAt.toISOString()),
    ),
  )
  sendXml(response, xmlDocument('ListAllMyBucketsResult', element('Buckets', ...buckets)))
}

export async function answerCreateBucket(call: Call): Promise<void> {
  await receiveText(call)
  await createBucket(call.store, call.bucket)
  sendEmpty(call.response, 200, { location: `/${call.bucket}`, 'content-length': '0' })
}

export function answerHeadBucket(call: Call): void {
  findBucket(call.store, call.bucket)
  sendEmpty(call.response, 200)
}

export async function answerListObjects(call: Call): Promise<void> {
  const bucket = findBucket(call.store, call.bucket)
  if (call.parameters.get('list-type') !== '2') throw new S3Error('NotImplemented')
  const wantsUrl = call.parameters.get('encoding-type') === 'url'
  const text = (name: string, value: string) =>
    textElement(name, wantsUrl ? encodeURIComponent(value).replaceAll('%2F', '/') : value)
  const maxKeys = integerParameter(call, 'max-keys', { least: 0, most: 1e9 - 1, missing: 1000 })
  const prefix = call.parameters.get('prefix') ?? ''
  const delimiter = call.parameters.get('delimiter')
  const token = call.parameters.get('continuation-token')
  const page = await listObjects(bucket, {
    prefix,
    delimiter,
    token,
    startAfter: call.parameters.get('start-after') ?? '',
    maxKeys: Math.min(maxKeys, 1000),
  })
  const contents = page.objects.map(object =>
    element(
      'Contents',
      text('Key', object.key),
      textElement('LastModified', new Date(object.modifiedAt).toISOString()),
      textElement('ETag', `"${object.etag}"`),
      textElement('Size', object.size),
      textElement('StorageClass', 'STANDARD'),
    ),
  )
  const groups = page.commonPrefixes.map(group => element('CommonPrefixes', text('Prefix', group)))
  sendXml(
    call.response,
    xmlDocument(
      'ListBucketResult',
      textElement('Name', bucket.name),
      text('Prefix', prefix),
      delimiter === undefined ? '' : text('Delimiter', delimiter),
      wantsUrl ? textElement('EncodingType', 'url') : '',
      textElement('MaxKeys', maxKeys),
      textElement('KeyCount', contents.length + groups.length),
      textElement('IsTruncated', page.nextToken !== undefined),
      token === undefined ? '' : textElement('ContinuationToken', token),
      page.nextToken === undefined ? '' : textElement('NextContinuationToken', page.nextToken),
      ...contents,
      ...groups,
    ),
  )
}

export async function answerDeleteObjects(call: Call): Promise<void> {
  const bucket = findBucket(call.store, call.bucket)
  const xml = await receiveText(call)
  const keys = readElements(xml, 'Object').map(object => {
    if (object.includes('<VersionId>')) throw new S3Error('NotImplemented')
    const key = readText(object, 'Key')
    if (!key) throw new S3Error('MalformedXML')
    return key
  })
  if (keys.length === 0 || keys.length > mostDeletes) throw new S3Error('MalformedXML')
  for (const key of keys) await removeObject(call.store, bucket, key, {})
  const quiet = readText(xml, 'Quiet') === 'true'
  const deleted = quiet ? [] : keys.map(key => element('Deleted', textElement('Key', key)))
  sendXml(call.response, xmlDocument('DeleteResult', ...deleted))
}
