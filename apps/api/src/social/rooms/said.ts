import { Problem } from '@aethex/shared/errors'
import type { Said } from '@aethex/shared/rooms'
import type { Parts } from '../../gateway/context.js'
import { admitElsewhere, flawOfText } from '../speech/service.js'

type Admit = (text: string) => string

function admitTexts(value: unknown, admit: Admit): unknown {
  if (typeof value === 'string') return admit(value)
  if (Array.isArray(value)) return value.map(each => admitTexts(each, admit))
  return typeof value === 'object' && value !== null ? admitFields(value, admit) : value
}

const admitFields = (fields: object, admit: Admit) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, admitTexts(value, admit)]),
  )

function assertPlain(name: string): void {
  const reason = name.includes('\n') ? 'has a line break' : flawOfText(name)
  if (reason === undefined) return
  throw new Problem('invalid_request', {
    detail: `/name: ${reason}`,
    errors: [{ pointer: '/name', reason }],
  })
}

/**
 * What players say of their rooms, by the words that the studio wants nowhere; the names of properties are the game's.
 * Throws `message_refused`, or `invalid_request` for a name that is no plain text.
 */
export async function admitSaid(
  parts: Pick<Parts, 'db'>,
  environmentId: string,
  { name, properties }: Said,
): Promise<Said> {
  const admit = await admitElsewhere(parts, environmentId)
  if (typeof name === 'string') assertPlain(name)
  return {
    ...(name === undefined ? {} : { name: name === null ? null : admit(name) }),
    ...(properties === undefined ? {} : { properties: admitFields(properties, admit) }),
  }
}
