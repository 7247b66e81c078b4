import { type AeThexError, asAeThexError } from './error.js'

/** A call that did not succeed, and why. */
export interface Failure {
  success: false
  error: AeThexError
}

/** What every call resolves to: `success` tells which. */
export type Result<T extends object = object> = ({ success: true } & T) | Failure

/** Runs a call of the SDK; whatever goes wrong becomes a failure instead of a rejection. */
export async function attempt<T extends object>(run: () => Promise<T>): Promise<Result<T>> {
  try {
    return { success: true, ...(await run()) }
  } catch (thrown) {
    return failure(thrown)
  }
}

export const failure = (thrown: unknown): Failure => ({
  success: false,
  error: asAeThexError(thrown),
})

/** The good half of a result; throws its AeThexError otherwise. Takes the promise of a result too. */
export function unwrap<T extends object>(result: Promise<Result<T>>): Promise<T>
export function unwrap<T extends object>(result: Result<T>): T
export function unwrap<T extends object>(result: Result<T> | Promise<Result<T>>): T | Promise<T> {
  if (result instanceof Promise) return result.then(settled => unwrap(settled))
  if (!result.success) throw result.error
  return result
}
