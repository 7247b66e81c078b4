import { z } from 'zod'
import { jsonOf, sendBytes, sha256 } from './raw-saves.js'

const Upload = z.object({
  upload_id: z.string(),
  part_bytes: z.int(),
  parts: z.int(),
  received: z.array(z.int()),
  state: z.string(),
  expires_at: z.string(),
})
const Answer = z.object({
  upload: Upload,
  urls: z
    .array(z.object({ part: z.int(), url: z.string(), size: z.int(), content_type: z.string() }))
    .optional(),
})

export type BegunUpload = z.output<typeof Answer>

/** Sends files in parts, as a device does: what each step answers is for the test to look at. */
export function uploaderOf(
  apiUrl: string,
  playerHeaders: Record<string, string>,
  who = 'me',
  slot = 'file',
) {
  const url = `${apiUrl}/api/v1/saves/${who}/${slot}/uploads`
  const json = { ...playerHeaders, 'content-type': 'application/json' }
  const asBytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

  const begin = (bytes: Uint8Array, more: object = {}, headers: Record<string, string> = {}) => {
    const asked = {
      size: bytes.length,
      hash: sha256(bytes).toString('hex'),
      content_type: 'application/octet-stream',
      ...more,
    }
    return sendBytes('POST', url, { ...json, ...headers }, asBytes(asked))
  }
  const begun = async (bytes: Uint8Array, more: object = {}) =>
    Answer.parse(jsonOf(await begin(bytes, more)))
  const partOf = (
    bytes: Buffer<ArrayBuffer>,
    { part_bytes }: { part_bytes: number },
    part: number,
  ) => bytes.subarray((part - 1) * part_bytes, part * part_bytes)
  const put = (
    uploadId: string,
    part: number,
    body: Parameters<typeof sendBytes>[3],
    headers: Record<string, string> = {},
  ) => sendBytes('PUT', `${url}/${uploadId}/parts/${part}`, { ...playerHeaders, ...headers }, body)
  const show = (uploadId: string, query = '') =>
    sendBytes('GET', `${url}/${uploadId}${query}`, playerHeaders)
  const complete = (uploadId: string) =>
    sendBytes('POST', `${url}/${uploadId}/complete`, playerHeaders)
  const abort = (uploadId: string) => sendBytes('DELETE', `${url}/${uploadId}`, playerHeaders)

  /** All parts of a file, side by side; answers the upload. */
  async function sent(bytes: Buffer<ArrayBuffer>, more: object = {}) {
    const { upload } = await begun(bytes, more)
    const parts = Array.from({ length: upload.parts }, (_, index) => index + 1)
    await Promise.all(parts.map(part => put(upload.upload_id, part, partOf(bytes, upload, part))))
    return upload
  }
  return { begin, begun, partOf, put, show, complete, abort, sent }
}
