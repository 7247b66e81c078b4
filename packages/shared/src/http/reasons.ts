import type { z } from 'zod'

const kinds: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number that is kept exactly',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const formats: Record<string, string> = {
  email: 'an e-mail address',
  uuid: 'a UUID',
  url: 'a URL of the right kind',
  datetime: 'a time in RFC 3339 UTC',
  date: 'a date such as 2026-01-31',
  regex: 'in the right form',
}

const units: Record<string, string> = { string: ' characters', array: ' items' }

const outOfBounds = (origin: string, bound: number | bigint, isLow: boolean) => {
  const unit = units[origin]
  if (unit !== undefined) return `has ${isLow ? 'fewer' : 'more'} than ${bound}${unit}`
  return `is ${isLow ? 'below' : 'above'} ${bound}`
}

/**
 * Why a value is refused, as the rest of a sentence that begins with its name, fit to be shown to a player.
 * A message that a schema gives itself comes first.
 */
export const reasonOf: z.core.$ZodErrorMap = issue => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is missing'
        : `is not ${kinds[issue.expected] ?? issue.expected}`
    case 'too_small':
      return outOfBounds(issue.origin, issue.minimum, true)
    case 'too_big':
      return outOfBounds(issue.origin, issue.maximum, false)
    case 'invalid_value':
      return issue.input === undefined
        ? 'is missing'
        : `is not ${issue.values.map(value => JSON.stringify(value)).join(' or ')}`
    case 'invalid_format':
      return `is not ${formats[issue.format] ?? `a valid ${issue.format}`}`
    case 'invalid_union':
      return 'fits none of the forms it may have'
    case 'invalid_key':
      return 'is a name that is too long or has the wrong form'
    default:
      return undefined
  }
}
