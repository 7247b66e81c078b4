import type { Http } from '../../core/http.js'
import type { Session } from '../../core/session.js'
import type { SteadyStore } from './store/steady-store.js'
import type { TransferOptions, TransferProgress } from './transfer.js'
import { createDownloader, type Downloader } from './transfer-download.js'
import { createUploadLedger } from './transfer-ledger.js'
import { createUploader, type Uploader } from './transfer-upload.js'

/** The ways in which many bytes travel. */
export interface Transfers {
  upload: Uploader
  download: Downloader
}

interface TransfersParts {
  session: Session
  http: Http
  store: SteadyStore
  direct: boolean
  onProgress(slot: string, progress: TransferProgress): void
  onFault(thrown: unknown): void
}

/** What is over at once is no news. */
const smallestTold = 1_000_000

export function createTransfers(parts: TransfersParts): Transfers {
  const { session } = parts
  const upload = createUploader({ ...parts, ledger: createUploadLedger(parts.store) })
  const download = createDownloader(session)

  const told = (slot: string, { onProgress, signal }: TransferOptions): TransferOptions => ({
    ...(signal && { signal }),
    onProgress(progress) {
      if (progress.total >= smallestTold) parts.onProgress(slot, progress)
      try {
        onProgress?.(progress)
      } catch (thrown) {
        // It must not break what it only watches.
        parts.onFault(thrown)
      }
    },
  })

  return {
    upload: (playerId, sending) => upload(playerId, { ...sending, ...told(sending.slot, sending) }),
    download: {
      bytes: (playerId, save, options = {}) =>
        download.bytes(playerId, save, told(save.save_id, options)),
      blob: (playerId, save, options = {}) =>
        download.blob(playerId, save, told(save.save_id, options)),
    },
  }
}
