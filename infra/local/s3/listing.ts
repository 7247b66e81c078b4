import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { S3Error, unlessMissing } from './errors.js'
import { type ObjectRecord, readObject } from './objects.js'
import type { Bucket } from './store.js'

export interface ListingQuestion {
  prefix: string
  delimiter: string | undefined
  startAfter: string
  token: string | undefined
  maxKeys: number
}

export interface ListingPage {
  objects: ObjectRecord[]
  commonPrefixes: string[]
  /** Present when more follows. */
  nextToken: string | undefined
}

/** One page of a bucket in the order of the keys' UTF-8 bytes, as ListObjectsV2 defines it. */
export async function listObjects(bucket: Bucket, ask: ListingQuestion): Promise<ListingPage> {
  const page: ListingPage = { objects: [], commonPrefixes: [], nextToken: undefined }
  if (ask.maxKeys === 0) return page
  const resume = ask.token === undefined ? { key: ask.startAfter } : decodeToken(ask.token)
  let last = ''
  for (const key of await sortedKeys(bucket, ask.prefix)) {
    if (compareBytes(key, resume.key) <= 0) continue
    if (resume.wholePrefix && key.startsWith(resume.key)) continue
    const group = commonPrefix(key, ask)
    if (group !== undefined && page.commonPrefixes.at(-1) === group) continue
    const object = await readObject(bucket, key)
    if (!object) continue
    if (page.objects.length + page.commonPrefixes.length === ask.maxKeys) {
      return { ...page, nextToken: last }
    }
    if (group === undefined) page.objects.push(object)
    else page.commonPrefixes.push(group)
    last = encodeToken(group === undefined ? 'k' : 'p', group ?? key)
  }
  return page
}

function commonPrefix(key: string, { prefix, delimiter }: ListingQuestion): string | undefined {
  if (!delimiter) return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

function encodeToken(kind: 'k' | 'p', text: string): string {
  return Buffer.from(kind + text).toString('base64url')
}

function decodeToken(token: string): { key: string; wholePrefix?: boolean } {
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (!/^[kp]/.test(text)) throw new S3Error('InvalidArgument', 'Bad continuation token.')
  return { key: text.slice(1), wholePrefix: text.startsWith('p') }
}

async function sortedKeys(bucket: Bucket, prefix: string): Promise<string[]> {
  bucket.keys ??= readKeys(bucket)
  const building = bucket.keys
  try {
    const keys = [...(await building)].filter(key => key.startsWith(prefix))
    return keys.sort(compareBytes)
  } catch (error) {
    if (bucket.keys === building) delete bucket.keys
    throw error
  }
}

async function readKeys(bucket: Bucket): Promise<Set<string>> {
  const keys = new Set<string>()
  for (const file of await readdir(bucket.folder)) {
    if (!file.endsWith('.json')) continue
    const text = await unlessMissing(readFile(path.join(bucket.folder, file), 'utf8'))
    if (text !== undefined) keys.add((JSON.parse(text) as ObjectRecord).key)
  }
  return keys
}

// JavaScript compares UTF-16 units, which differs from the byte order once surrogates are involved.
function compareBytes(a: string, b: string): number {
  if (isPlain(a) && isPlain(b)) return a < b ? -1 : a > b ? 1 : 0
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const isPlain = (text: string) => !/[\ud800-\uffff]/.test(text)
