import { AeThexError } from '../../core/error.js'
import { voiceWorker } from '../../generated/voice-worker.js'
import { canChangeFrames, hasEncodedStreams, hasScriptTransform } from '../peers/encoded-streams.js'
import type { FrameKey } from './frames/frame-key.js'
import type { FaultReport, Pipe, WorkerOrder, WorkerReport } from './worker/messages.js'

/** The page's hold on the worker through which every frame of voice passes. */
export interface FrameCipher {
  /**
   * Before the first frame: what this sender sends is sealed from now on, or not sent. Resolves when a first frame has
   * come to be sealed: a browser that did not take the worker would send in clear, and says so in no other way.
   */
  sealFrom(sender: RTCRtpSender): Promise<void>
  /** Before the first frame: what comes in here is played only when it opens under a key of this member. */
  openFrom(playerId: string, receiver: RTCRtpReceiver): void
  /** A new stay, or its end: no earlier key counts any more. */
  begin(playerId: string): void
  useOwnKey(keyId: number, key: FrameKey): void
  useKeyOf(playerId: string, keyId: number, key: FrameKey): void
  forget(playerId: string): void
  silence(isSilent: boolean): void
  close(): void
}

/** Whether this browser lets a page seal what WebRTC sends. Without that there is no voice: never in clear. */
export const canSealFrames = () => typeof Worker !== 'undefined' && canChangeFrames()

/** The worker's program comes with the SDK; a page that forbids `blob:` workers names the file of it. */
function startWorker(url: string | undefined): Worker {
  if (url !== undefined) return new Worker(url)
  const blob = URL.createObjectURL(new Blob([voiceWorker], { type: 'text/javascript' }))
  try {
    return new Worker(blob)
  } finally {
    URL.revokeObjectURL(blob)
  }
}

export interface CipherOptions {
  workerUrl: string | undefined
  onReport(report: FaultReport): void
  onFault(error: AeThexError): void
}

/** Throws AeThexError `encryption_missing` where frames cannot be sealed. */
export function createCipher(options: CipherOptions): FrameCipher {
  if (!canSealFrames()) throw cannotSeal('This browser cannot encrypt voice end to end.')
  const worker = startWorker(options.workerUrl)
  const tell = (order: WorkerOrder, transfer: Transferable[] = []) =>
    worker.postMessage(order, transfer)
  /** What the first frame of each sender sets off. */
  const waiting: (() => void)[] = []
  worker.onmessage = ({ data }: MessageEvent<WorkerReport>) => {
    if (data.type === 'fault') options.onReport(data)
    else waiting[data.pipe_id]?.()
  }
  // Nothing passes without it, so that voice is silent now, not open.
  worker.onerror = () =>
    options.onFault(cannotSeal('The worker that encrypts voice did not start.'))
  const attached = new WeakSet<RTCRtpReceiver>()

  function attach(end: RTCRtpSender | RTCRtpReceiver, pipe: Pipe): void {
    if (hasScriptTransform()) {
      end.transform = new RTCRtpScriptTransform(worker, pipe)
      return
    }
    if (!hasEncodedStreams(end)) throw cannotSeal('This browser cannot encrypt voice end to end.')
    const { readable, writable } = end.createEncodedStreams()
    tell({ type: 'pipe', pipe, readable, writable }, [readable, writable])
  }

  return {
    sealFrom: sender =>
      new Promise(resolve => {
        attach(sender, { direction: 'out', pipe_id: waiting.push(resolve) - 1 })
      }),
    openFrom(playerId, receiver) {
      // Told again when the other changes what it sends.
      if (attached.has(receiver)) return
      attached.add(receiver)
      attach(receiver, { direction: 'in', player_id: playerId })
    },
    begin: playerId => tell({ type: 'begin', player_id: playerId }),
    useOwnKey: (keyId, key) => tell({ type: 'own_key', key_id: keyId, key }),
    useKeyOf: (playerId, keyId, key) =>
      tell({ type: 'member_key', player_id: playerId, key_id: keyId, key }),
    forget: playerId => tell({ type: 'forget', player_id: playerId }),
    silence: silent => tell({ type: 'silence', silent }),
    close: () => worker.terminate(),
  }
}

const cannotSeal = (message: string) => new AeThexError('encryption_missing', message)
