import type { AeThexError } from '../../core/error.js'
import type { Session } from '../../core/session.js'
import type { Store } from '../../core/storage.js'
import type { Permitted } from '../../resources/age.js'
import type { PeerMesh } from '../peers/peer-link.js'
import { createMeshTransport } from './mesh-transport.js'
import type { VoicePlatform } from './platform.js'
import type { VoiceTransport } from './transport.js'
import { createVoice, type Voice, type VoiceEars } from './voice.js'

/** How a game wants its voice; `createCloud({ voice })`. */
export interface VoiceOptions {
  /**
   * Where the page finds `aethex-voice-worker.min.js` of this package; for pages whose Content-Security-Policy has no
   * `worker-src blob:`.
   */
  workerUrl?: string
  /** Carries voice in rooms of more than eight, over an SFU; see docs/voice.md. */
  transport?: VoiceTransport
}

interface BrowserVoiceParts {
  mesh: PeerMesh
  session: Session
  store: Store
  options: VoiceOptions
  room(): { room_id: string; members: number } | undefined
  /** Who is signed in. */
  playerId(): string | undefined
  onError(error: AeThexError): void
  onFault(thrown: unknown): void
}

/** Voice of the page: what only browsers have is loaded when it is first enabled. */
export function createBrowserVoice({
  mesh,
  session,
  options,
  ...parts
}: BrowserVoiceParts): Voice & VoiceEars {
  let platform: Promise<VoicePlatform> | undefined
  const load = async () => {
    const { createBrowserPlatform } = await import('./platform.js')
    return createBrowserPlatform(options.workerUrl)
  }
  return createVoice({
    ...parts,
    transport: options.transport ?? createMeshTransport(mesh),
    async mayTalk() {
      const call = { method: 'GET', path: '/auth/permissions' } as const
      const { permissions } = await session.request<Permitted>(call, session.playerId())
      return permissions.voice
    },
    platform() {
      platform ??= load().catch(thrown => {
        // Offline, perhaps: the next try loads it anew.
        platform = undefined
        throw thrown
      })
      return platform
    },
  })
}
