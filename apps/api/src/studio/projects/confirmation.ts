import { Problem } from '@aethex/shared/errors'

/** Throws `invalid_request` unless `given` is the name of what is to be deleted: nobody deletes the wrong thing. */
export function assertNamed(name: string, given: string): void {
  if (name === given) return
  const reason = 'is not the name of what is to be deleted'
  throw new Problem('invalid_request', {
    detail: `query/name: ${reason}`,
    errors: [{ pointer: 'query/name', reason }],
  })
}
