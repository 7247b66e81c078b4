import type { Blobs } from '@aethex/shared/blobs'

/** What direct uploads put into the object store, until it is taken in. Made of ids alone. */
const folder = 'uploads/'
const prefixOf = (environmentId: string, uploadId: string) =>
  `${folder}${environmentId}/${uploadId}/`
const keyOf = (environmentId: string, uploadId: string, part: number) =>
  `${prefixOf(environmentId, uploadId)}${part}`

const pattern = /^uploads\/([0-9a-f-]{36})\/([0-9a-f-]{36})\/(\d{1,4})$/

interface StagedKey {
  key: string
  environmentId: string
  uploadId: string
  part: number
}

function partsOfKey(key: string): StagedKey | undefined {
  const [, environmentId, uploadId, part] = pattern.exec(key) ?? []
  if (environmentId === undefined || uploadId === undefined) return undefined
  return { key, environmentId, uploadId, part: Number(part) }
}

/** An address to which the bytes of a part can be put; undefined where nobody outside reaches the store. */
export const presignPart = (
  environmentId: string,
  blobs: Blobs,
  uploadId: string,
  part: number,
  terms: { size: number; contentType: string; expiresInSeconds: number },
): Promise<string> | undefined => blobs.presignPut?.(keyOf(environmentId, uploadId, part), terms)

export async function listStaged(
  environmentId: string,
  blobs: Blobs,
  uploadId: string,
): Promise<number[]> {
  const parts: number[] = []
  for await (const keys of blobs.list(prefixOf(environmentId, uploadId))) {
    for (const key of keys) {
      const found = partsOfKey(key)
      if (found !== undefined) parts.push(found.part)
    }
  }
  return parts.sort((one, other) => one - other)
}

/** The staged parts of an upload one after the other, as they come. */
export async function* readStaged(
  environmentId: string,
  blobs: Blobs,
  uploadId: string,
  partCount: number,
): AsyncIterable<Uint8Array> {
  for (let part = 1; part <= partCount; part++) {
    yield* await blobs.openStream(keyOf(environmentId, uploadId, part))
  }
}

/** Removes what an upload has staged; answers how many objects there were. */
export async function removeStaged(
  environmentId: string,
  blobs: Blobs,
  uploadId: string,
): Promise<number> {
  let removed = 0
  for await (const keys of blobs.list(prefixOf(environmentId, uploadId))) {
    await blobs.remove(keys)
    removed += keys.length
  }
  return removed
}

/** Everything that is staged, of all uploads, in pages. */
export async function* listAllStaged(blobs: Blobs): AsyncIterable<StagedKey[]> {
  for await (const keys of blobs.list(folder)) {
    yield keys.map(partsOfKey).filter(found => found !== undefined)
  }
}

export const removeKeys = (blobs: Blobs, keys: readonly string[]): Promise<void> =>
  blobs.remove(keys)
