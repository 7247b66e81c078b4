import type { Cloud } from '../cloud.js'
import type { AeThexError } from '../core/error.js'
import type { Result } from '../core/result.js'
import type { User } from '../core/session-store.js'
import type { AuthOptions } from '../resources/auth-options.js'
import type { Texts } from './texts.js'

export type ViewName =
  | 'sign-in'
  | 'sign-up'
  | 'second'
  | 'forgot'
  | 'reset'
  | 'verify'
  | 'device'
  | 'sent'
  | 'registered'
  | 'saved'
  | 'verified'
  | 'done'

/** What a view works with. */
export interface Stage {
  cloud: Cloud
  options: AuthOptions
  locale: string
  text(name: keyof Texts, values?: Record<string, string>): string
  isHosted: boolean
  mfaToken: string
  host: HTMLElement
  show(view: ViewName): void
  finish(user: User): Promise<void>
  needsSecondFactor(token: string): void
  tell(error: AeThexError): void
  /** Runs a call with the button busy; undefined when it failed, which is shown. */
  run<T extends object>(
    button: HTMLElement | null,
    work: () => Promise<Result<T>>,
  ): Promise<T | undefined>
}
