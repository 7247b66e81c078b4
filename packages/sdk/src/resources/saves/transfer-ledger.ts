import { asAeThexError, hasCode } from '../../core/error.js'
import { isSameJson } from './content.js'
import type { SaveFacts } from './save.js'
import type { SteadyStore } from './store/steady-store.js'

/** What begins an upload. */
export interface UploadWish extends SaveFacts {
  size: number
  /** SHA-256 of the whole, in hex. */
  hash: string
  content_type: string
  base_version?: number | undefined
  on_conflict?: { strategy: string; branch?: string } | undefined
  client_time?: string
}

/** An upload of this device that has not come to its end. */
export interface OpenUpload {
  format: 1
  /** Travels as Idempotency-Key of its beginning: an answer that was lost is given again. */
  key: string
  wish: UploadWish
  direct: boolean
  /** null until the server has answered. */
  upload_id: string | null
}

/** Where a device remembers the upload that goes on in a slot, so that a later run goes on with it. */
export interface UploadLedger {
  read(playerId: string, slot: string): Promise<OpenUpload | undefined>
  write(playerId: string, slot: string, upload: OpenUpload): Promise<void>
  forget(playerId: string, slot: string): Promise<void>
}

/** Whether an upload that was begun is the one that is wished for. When it was begun makes no difference. */
export function isFor({ wish: begun }: OpenUpload, wish: UploadWish): boolean {
  const plain = ({ client_time: _, ...rest }: UploadWish) => JSON.parse(JSON.stringify(rest))
  return isSameJson(plain(begun), plain(wish))
}

/** The upload stays to be gone on with: the network, the server's health, somebody's having stopped it. */
export function mayGoOn(thrown: unknown): boolean {
  const error = asAeThexError(thrown)
  return (
    error.retryable || error.status === 401 || hasCode(error, 'aborted', 'closed', 'not_signed_in')
  )
}

export function createUploadLedger(store: SteadyStore): UploadLedger {
  // Beside the players' slots: what lies in a slot and is not named by its record is swept.
  const keyOf = (playerId: string, slot: string) => `uploads/${playerId}/${slot}`
  return {
    async read(playerId, slot) {
      const bytes = await store.read(keyOf(playerId, slot))
      if (bytes === undefined) return undefined
      try {
        const upload: OpenUpload = JSON.parse(new TextDecoder().decode(bytes))
        return upload.format === 1 ? upload : undefined
      } catch {
        // Nothing is lost with it but what was sent already.
        return undefined
      }
    },
    async write(playerId, slot, upload) {
      await store.write(keyOf(playerId, slot), new TextEncoder().encode(JSON.stringify(upload)))
    },
    forget: (playerId, slot) => store.remove(keyOf(playerId, slot)),
  }
}
