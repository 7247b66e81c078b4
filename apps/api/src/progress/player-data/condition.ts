import { Problem } from '@aethex/shared/errors'
import { ifMatchVersion } from '../../gateway/shapes.js'
import type { Condition } from './service.js'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** What If-Match and If-None-Match ask of the document that is there (RFC 9110 §13.1). */
export function conditionIn(headers: Headers): Condition {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch === '*' && ifMatch === undefined) return 'absent'
    const reason = 'takes * alone on a write, and not beside If-Match'
    throw new Problem('invalid_request', {
      detail: `If-None-Match ${reason}.`,
      errors: [{ pointer: 'header/if-none-match', reason }],
    })
  }
  if (ifMatch === '*') return 'present'
  const version = ifMatchVersion(ifMatch)
  return version === undefined ? undefined : { version }
}

/** The same as a batch says it: 0 stands for a document that must not be there. */
export function conditionOf(version: number | undefined): Condition {
  if (version === undefined) return undefined
  return version === 0 ? 'absent' : { version }
}
