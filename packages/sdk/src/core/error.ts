import type { ErrorCode } from '../generated/errors.js'
import type { components } from '../generated/openapi.js'
import type { FieldPreview } from '../merge/merge-documents.js'
import type { MergeRules } from '../merge/rules.js'

/** What can go wrong on this side of the wire, or on a socket. */
export type LocalErrorCode =
  /** No answer came: offline, refused, or cut. The request may have been carried out. */
  | 'network_failed'
  /** No answer came in time. The request may have been carried out. */
  | 'timed_out'
  /** The answer was not what this version of the SDK understands. */
  | 'invalid_answer'
  /** `cloud.close()` was called. */
  | 'closed'
  /** The call's own `signal` ended it. It may have been carried out; a transfer goes on from there when it is begun again. */
  | 'aborted'
  /** The call needs a signed-in player. */
  | 'not_signed_in'
  /** The device cannot keep the save; it is in memory, and auto sync goes on trying to send it. */
  | 'queued'
  /** The device does not keep saves: it is full, forbids it, what it kept is damaged, or it cannot be read now (`retryable`). */
  | 'storage_failed'
  /** This platform has no WebSocket; hand one to `createCloud`. */
  | 'websocket_missing'
  /** The browser did not let the game open a window for the sign-in. */
  | 'popup_blocked'
  /** The socket is not open. */
  | 'not_connected'
  /** The socket closed before the answer; it is being resumed. */
  | 'connection_lost'
  /** A newer connection of the same player has taken over. */
  | 'replaced'
  /** The player left the queue, or disconnected, before the call was through. */
  | 'cancelled'
  /** The relay closed the connection for good: session revoked, flood, or not allowed. */
  | 'connection_refused'
  /** This platform has no passkeys, or this page may not use those of the game. */
  | 'passkeys_unsupported'
  /** The player showed no passkey: the question was closed, or timed out. */
  | 'passkey_cancelled'
  /** A webhook request is not ours, was changed, is old, or was handled before. */
  | 'webhook_invalid'
  /** The call needs a room that was joined. */
  | 'not_in_room'
  /** Voice is not for this player: by age, for want of consent, or by the studio. */
  | 'voice_not_permitted'
  /** More members than the voice of a room carries; an SFU behind a `VoiceTransport` carries more. */
  | 'room_too_large'
  /** The player, or the browser, did not allow the microphone. */
  | 'microphone_denied'
  /** There is no microphone, or it was taken away. */
  | 'microphone_missing'
  /** This browser cannot encrypt voice end to end; it is never sent otherwise. */
  | 'encryption_missing'
  /** Keys or frames of a member do not open; they are not played. */
  | 'encryption_failed'
  /** This platform has no WebRTC. */
  | 'webrtc_missing'
  /** Another player takes messages more slowly than this one sends them; try again shortly. */
  | 'backlog_full'
  /** Something that the SDK did not expect; `cause` holds it. */
  | 'sdk_failure'

/** What a refusal carries for going on. */
export interface ErrorDetails {
  /** For `invalid_request`: where and why. */
  errors?: readonly { pointer: string; reason: string }[]
  /** For `save_conflict`: the newer save; null when the slot has never existed. */
  current?: components['schemas']['SaveWithData'] | null
  /** For `save_conflict`: the version that was named as the base; null when it is not kept any more. */
  ancestor?: components['schemas']['SaveWithData'] | null
  /** For `save_conflict`: every field that differs, and what the studio's rules make of it. */
  preview?: readonly FieldPreview[]
  /** For `save_conflict`: how the studio wants the fields of this slot merged. */
  rules?: MergeRules
  /** For `second_factor_required` at a sign-in: what `auth.secondFactor.complete` takes, for five minutes. */
  mfa_token?: string
  /** For `second_factor_required` at a sign-in: which second factors will do. */
  factors?: readonly ('totp' | 'recovery_code' | 'passkey')[]
  [member: string]: unknown
}

interface ErrorFacts {
  status?: number | undefined
  request_id?: string | undefined
  retryable?: boolean
  retry_after_ms?: number | undefined
  details?: ErrorDetails
  cause?: unknown
}

/**
 * The one error of this SDK. `message` is for people, `code` is for code.
 * A newer server may send codes that this version does not list: keep a default branch.
 */
export class AeThexError extends Error {
  /** By name, so that it holds across entries and copies of this package. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'AeThexError'
  }

  readonly code: ErrorCode | LocalErrorCode
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  /** Finds the request in the server's logs. */
  readonly request_id: string | undefined
  /** True when the same call may succeed later. */
  readonly retryable: boolean
  /** How long the server asks to wait, in milliseconds. */
  readonly retry_after_ms: number | undefined
  readonly details: ErrorDetails

  constructor(code: ErrorCode | LocalErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'AeThexError'
    this.code = code
    this.status = facts.status ?? 0
    this.request_id = facts.request_id
    this.retryable = facts.retryable ?? false
    this.retry_after_ms = facts.retry_after_ms
    this.details = facts.details ?? {}
  }
}

/** Whatever was thrown, as the SDK's own error. */
export function asAeThexError(thrown: unknown): AeThexError {
  if (thrown instanceof AeThexError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new AeThexError('sdk_failure', message, { cause: thrown })
}

/** True for an AeThexError with one of these codes. */
export const hasCode = (
  thrown: unknown,
  ...codes: (ErrorCode | LocalErrorCode)[]
): thrown is AeThexError => thrown instanceof AeThexError && codes.includes(thrown.code)
