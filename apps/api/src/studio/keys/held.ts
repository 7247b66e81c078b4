import { Problem } from '@aethex/shared/errors'
import type { KeyScope, Scope } from '@aethex/shared/http'

/** Throws `forbidden` when the maker of a key lacks one of its scopes: a key is no way to more than one has. */
export function assertHeld(held: ReadonlySet<Scope>, wanted: readonly KeyScope[]): void {
  const beyond = wanted.filter(scope => !held.has(scope))
  if (beyond.length === 0) return
  throw new Problem('forbidden', { detail: `Your role lacks ${beyond.join(', ')}.` })
}
