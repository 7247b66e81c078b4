import { type AeThexError, hasCode } from '../../core/error.js'
import { path } from '../../core/http.js'
import type { Session } from '../../core/session.js'
import type { components } from '../../generated/openapi.js'
import { type Content, documentOf, documentType, isDocument } from './content.js'
import type { Save, SaveFacts } from './save.js'
import { patienceMs, type TransferOptions } from './transfer.js'
import { digestOf } from './transfer-part.js'
import { sourceOfContent } from './transfer-source.js'
import { largestWhole } from './transfer-upload.js'
import type { Transfers } from './transfers.js'
import type { Written } from './written.js'

export type { Written } from './written.js'

/** The server's newer version in a conflict, or the one that both sides were made from. */
export type SaveWithData = components['schemas']['SaveWithData']

/** A write as it goes over the wire. */
export interface Sending {
  operationId: string
  slot: string
  content: Content
  /** null: whatever is there. */
  base: number | null
  facts: SaveFacts & { client_time?: string }
  on_conflict?: { strategy: string; branch?: string } | undefined
  /** The page is going away: where the browser allows it, the request outlives it. */
  isLast?: boolean
  /** Of the call that waits for it. */
  transfer?: TransferOptions
}

/** The calls of the API that carry saves. */
export interface SaveWire {
  /** Throws `save_conflict` with `details.current`. Sent again with the same id, it is carried out once and answered alike. */
  write(playerId: string, sending: Sending): Promise<Written>
  /** Throws `save_conflict`, and `not_found` when there is nothing to delete. */
  remove(
    playerId: string,
    removal: { operationId: string; slot: string; base: number | null },
  ): Promise<void>
  /** A version, the newest unless said. */
  read(playerId: string, slot: string, options?: ReadOptions): Promise<Reading>
  /** What a version is, without its content. Throws `not_found`. */
  about(playerId: string, slot: string, version: number | undefined): Promise<Save>
}

interface ReadOptions {
  version?: number
  /** The answer is `same` when this is still the newest. */
  known?: Save | null
  /** The game waits, and has a copy of its own to go on with. */
  isImpatient?: boolean
  transfer?: TransferOptions
}

export type Reading =
  | { is: 'found'; save: Save; content: Content }
  | { is: 'same' }
  /** Deleted in that version, or never there: 0. */
  | { is: 'gone'; version: number; error: AeThexError }

/** A document above this goes as bytes of its own, for which the server needs no memory. */
const largestInBody = 1_000_000
/** What browsers let a request carry that outlives its page, less its frame. */
const keepaliveBytes = 60_000
/** For a game that waits for a copy which is on its device as well. */
const impatient = { tries: 1, timeoutMs: 4_000 }

const etagOf = ({ version, hash }: Save) => `"${version}-${hash}"`

/** Whether an answer carries all of the version: not a file, nor a document that is too large for it. */
export const hasData = ({ save, data_omitted }: SaveWithData): boolean =>
  save.content_type === documentType && data_omitted !== true

function tombstoneOf({ details: { tombstone } }: AeThexError): number {
  const hasVersion = typeof tombstone === 'object' && tombstone !== null && 'version' in tombstone
  return hasVersion ? Number(tombstone.version) : 0
}

function conditionOf(base: number | null): Record<string, string> {
  if (base === null) return {}
  return base === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${base}"` }
}

/** A JSON object with a last member `data`, which is JSON already and put in as it is. */
function withData(members: object, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const before = new TextEncoder().encode(`${JSON.stringify(members).slice(0, -1)},"data":`)
  const bytes = new Uint8Array(before.length + data.length + 1)
  bytes.set(before)
  bytes.set(data, before.length)
  bytes[bytes.length - 1] = 0x7d
  return bytes
}

export function createSaveWire(session: Session, transfers: Transfers): SaveWire {
  function writeDocument(playerId: string, sending: Sending): Promise<Written> {
    const { slot, content, base, facts, on_conflict, isLast, transfer } = sending
    const base_version = base ?? undefined
    const bytes = withData({ save_id: slot, ...facts, base_version, on_conflict }, content.bytes)
    return session.request(
      {
        method: 'POST',
        path: '/saves/me',
        content: { type: documentType, bytes },
        operationId: sending.operationId,
        signal: transfer?.signal,
        ...(isLast && bytes.length < keepaliveBytes ? { keepalive: true } : {}),
      },
      playerId,
    )
  }

  async function writeBytes(playerId: string, sending: Sending): Promise<Written> {
    const { slot, content, base, on_conflict } = sending
    const { metadata, ...facts } = sending.facts
    return session.request(
      {
        method: 'PUT',
        path: path('saves', 'me', slot),
        query: {
          ...facts,
          metadata: metadata && JSON.stringify(metadata),
          strategy: on_conflict?.strategy,
          branch: on_conflict?.branch,
        },
        content: { type: content.content_type, bytes: content.bytes },
        headers: { ...conditionOf(base), ...(await digestOf(content.bytes)) },
        operationId: sending.operationId,
        timeoutMs: patienceMs(content.bytes.length),
        signal: sending.transfer?.signal,
      },
      playerId,
    )
  }

  const writeParts = (playerId: string, sending: Sending): Promise<Written> => {
    const { slot, content, base, facts, on_conflict, transfer } = sending
    const source = sourceOfContent(content)
    return transfers.upload(playerId, { ...transfer, slot, source, base, facts, on_conflict })
  }

  function write(playerId: string, sending: Sending): Promise<Written> {
    const { content } = sending
    const size = content.bytes.length
    // A document is always sent whole.
    if (isDocument(content)) {
      return size <= largestInBody
        ? writeDocument(playerId, sending)
        : writeBytes(playerId, sending)
    }
    return size > largestWhole ? writeParts(playerId, sending) : writeBytes(playerId, sending)
  }

  return {
    write,
    async remove(playerId, { operationId, slot, base }) {
      const query = base === null ? {} : { base_version: base }
      const call = {
        method: 'DELETE',
        path: path('saves', 'me', slot),
        query,
        operationId,
      } as const
      await session.request(call, playerId)
    },
    async read(playerId, slot, { version, known, isImpatient, transfer } = {}) {
      try {
        const answer = await session.request<SaveWithData>(
          {
            method: 'GET',
            path: path('saves', 'me', slot),
            query: { version },
            ...(known ? { headers: { 'if-none-match': etagOf(known) } } : {}),
            ...(isImpatient ? impatient : {}),
            signal: transfer?.signal,
          },
          playerId,
        )
        const { save } = answer
        const content = hasData(answer)
          ? documentOf(answer.data)
          : {
              content_type: save.content_type ?? '',
              bytes: await transfers.download.bytes(playerId, save, transfer),
            }
        return { is: 'found', save, content }
      } catch (thrown) {
        if (hasCode(thrown, 'invalid_answer') && thrown.status === 304) return { is: 'same' }
        if (!hasCode(thrown, 'not_found')) throw thrown
        return { is: 'gone', version: tombstoneOf(thrown), error: thrown }
      }
    },
    async about(playerId, slot, version) {
      const call = { method: 'GET', path: path('saves', 'me', slot), query: { version } } as const
      return (await session.request<SaveWithData>(call, playerId)).save
    },
  }
}
