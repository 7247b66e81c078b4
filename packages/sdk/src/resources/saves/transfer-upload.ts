import { AeThexError, hasCode } from '../../core/error.js'
import { type Http, path } from '../../core/http.js'
import type { Session } from '../../core/session.js'
import { uuidv7 } from '../../core/uuid.js'
import type { components } from '../../generated/openapi.js'
import { inLanes, type TransferOptions } from './transfer.js'
import {
  isFor,
  mayGoOn,
  type OpenUpload,
  type UploadLedger,
  type UploadWish,
} from './transfer-ledger.js'
import { createPartSender } from './transfer-part.js'
import type { Source } from './transfer-source.js'
import type { Written } from './written.js'

type Upload = components['schemas']['SaveUpload']
type Answer = { upload: Upload; urls?: components['schemas']['SaveUploadUrl'][] }

export interface UploadParts {
  session: Session
  http: Http
  ledger: UploadLedger
  /** Parts go to the object store by themselves where the server has addresses for them. */
  direct: boolean
}

/** What an upload is to become. */
export interface Sending extends TransferOptions {
  slot: string
  source: Source
  facts: Omit<UploadWish, 'size' | 'hash' | 'content_type' | 'base_version' | 'on_conflict'>
  /** null: whatever is there. */
  base: number | null
  on_conflict?: UploadWish['on_conflict']
}

/** The server reads all of it once before it answers. */
const completeMs = (size: number) => 60_000 + size / 20_000
/** Parts that the server has lost, or that came at the same time as its end. */
const mostRounds = 4

const allParts = ({ parts }: Upload) => Array.from({ length: parts }, (_, at) => at + 1)

const lengthOf = ({ size, part_bytes, parts }: Upload, part: number) =>
  part < parts ? part_bytes : size - part_bytes * (parts - 1)

const missingIn = (error: AeThexError): number[] => {
  const { missing } = error.details
  return Array.isArray(missing) ? missing.filter(part => typeof part === 'number') : []
}

/** Sends files in parts, and goes on with what an earlier run, or an earlier try, has begun. */
export function createUploader(parts: UploadParts) {
  const { session, http, ledger } = parts
  let mayBeDirect = parts.direct

  async function sendWhole(playerId: string, sending: Sending): Promise<Written> {
    const { slot, source, signal } = sending
    const at = path('saves', 'me', slot, 'uploads')
    const pathOf = (upload: { upload_id: string }, ...rest: string[]) =>
      `${at}${path(upload.upload_id, ...rest)}`

    const read = (upload_id: string) =>
      session.request<Answer>({ method: 'GET', path: pathOf({ upload_id }), signal }, playerId)

    /** Gives up what nobody goes on with; what cannot be given up now ends by itself in a day. */
    async function drop({ upload_id }: OpenUpload): Promise<void> {
      await ledger.forget(playerId, slot)
      if (upload_id === null) return
      const call = { method: 'DELETE', path: pathOf({ upload_id }), tries: 1 } as const
      await session.request(call, playerId).catch(() => {})
    }

    async function ask(open: OpenUpload): Promise<Answer> {
      const { key: operationId, wish, direct } = open
      const body = direct ? { ...wish, direct } : wish
      const call = { method: 'POST', path: at, body, operationId, signal } as const
      const answer = await session.request<Answer>(call, playerId)
      const { upload_id } = answer.upload
      await ledger.write(playerId, slot, { ...open, upload_id })
      return answer
    }

    async function begin(wish: UploadWish): Promise<Answer> {
      const open: OpenUpload = {
        format: 1,
        key: uuidv7(),
        wish,
        direct: mayBeDirect,
        upload_id: null,
      }
      await ledger.write(playerId, slot, open)
      try {
        return await ask(open)
      } catch (thrown) {
        if (!open.direct || !hasCode(thrown, 'direct_upload_unavailable')) throw thrown
        mayBeDirect = false
        return begin(wish)
      }
    }

    /** The upload that goes on, or a new one. */
    async function open(wish: UploadWish): Promise<Answer> {
      const known = await ledger.read(playerId, slot)
      if (known === undefined) return begin(wish)
      if (!isFor(known, wish) || (known.direct && !mayBeDirect)) {
        await drop(known)
        return begin(wish)
      }
      try {
        return known.upload_id === null ? await ask(known) : await read(known.upload_id)
      } catch (thrown) {
        // Its day is over.
        if (!hasCode(thrown, 'not_found')) throw thrown
        await ledger.forget(playerId, slot)
        return begin(wish)
      }
    }

    async function sendParts({ upload, urls = [] }: Answer, missing: number[]): Promise<void> {
      const put = createPartSender({
        ...{ session, http, playerId },
        pathOf: part => pathOf(upload, 'parts', part),
        hasArrived: missing.length < upload.parts,
      })
      const addresses = new Map(urls.map(({ part, url }) => [part, url]))
      const addressOf = async (part: number): Promise<string | undefined> => {
        if (!upload.direct) return undefined
        const known = addresses.get(part)
        addresses.delete(part)
        if (known !== undefined) return known
        const query = { urls: String(part) }
        const call = { method: 'GET', path: pathOf(upload), query, signal } as const
        return (await session.request<Answer>(call, playerId)).urls?.[0]?.url
      }
      let sent = upload.size - missing.reduce((sum, part) => sum + lengthOf(upload, part), 0)
      const tell = () => sending.onProgress?.({ sent, total: upload.size })
      tell()
      await inLanes(missing, signal, async (part, ending) => {
        const from = (part - 1) * upload.part_bytes
        const bytes = await source.slice(from, from + lengthOf(upload, part))
        await put({ part, bytes, signal: ending, addressOf: () => addressOf(part) })
        sent += bytes.length
        tell()
      })
    }

    const complete = ({ upload }: Answer) =>
      session.request<Written>(
        {
          method: 'POST',
          path: pathOf(upload, 'complete'),
          // An upload is its own key.
          repeatable: true,
          timeoutMs: completeMs(upload.size),
          signal,
        },
        playerId,
      )

    async function finish(answer: Answer): Promise<Written> {
      const { upload } = answer
      const there = new Set(upload.received)
      let missing = upload.state === 'done' ? [] : allParts(upload).filter(part => !there.has(part))
      for (let round = 1; ; round++) {
        await sendParts(answer, missing)
        try {
          return await complete(answer)
        } catch (thrown) {
          if (!hasCode(thrown, 'upload_incomplete') || round === mostRounds) throw thrown
          missing = missingIn(thrown)
        }
      }
    }

    const wish: UploadWish = {
      ...sending.facts,
      size: source.size,
      hash: await source.hash(),
      content_type: source.content_type,
      base_version: sending.base ?? undefined,
      on_conflict: sending.on_conflict,
    }
    if (signal?.aborted) throw new AeThexError('aborted', 'The call was ended by its signal.')
    try {
      const written = await finish(await open(wish))
      await ledger.forget(playerId, slot)
      return written
    } catch (thrown) {
      const begun = await ledger.read(playerId, slot)
      if (begun === undefined || mayGoOn(thrown)) throw thrown
      await drop(begun)
      const isBarred = begun.direct && mayBeDirect && hasCode(thrown, 'direct_upload_unavailable')
      if (!isBarred) throw thrown
      // The object store does not let this page in: by way of the API, then.
      mayBeDirect = false
      return sendWhole(playerId, sending)
    }
  }

  return sendWhole
}

export type Uploader = ReturnType<typeof createUploader>

/** A larger file goes in parts: what fits one gains nothing by them. */
export const largestWhole = 8 * 2 ** 20
