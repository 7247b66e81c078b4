import { call, codeOf, freshEnvironment, freshPlayer } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Described, describedRequests, resolved } from './described-requests.js'

/** Texts that have broken programs before, in every text field that the API document names. */
const texts: readonly string[] = [
  '',
  ' ',
  '\t\r\n',
  'null',
  'undefined',
  'NaN',
  '-1e999',
  '0x7f',
  '../../../../etc/passwd',
  '%2e%2e%2f',
  "' OR 1=1--",
  '"; DROP TABLE player; --',
  '$(id)',
  '`id`',
  '{{7*7}}',
  '#{7*7}',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '=cmd|x!A0',
  '\u001b[31mred',
  '\u202eright to left',
  '\u200b\u200d\ufeff',
  'Z\u0351\u036b\u0343a\u0360l\u034fg\u0321o',
  '\ufdfa\ufdfa',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}',
  '\u{10ffff}\ufffe\uffff',
  'I\u0307\u0131\u00df\ufb01',
  'a'.repeat(10_000),
]

let headersFor: Record<string, Record<string, string>>
const stack = inject('stack')

beforeAll(async () => {
  const home = await freshEnvironment(stack)
  headersFor = {
    player: (await freshPlayer(home)).headers,
    'publishable key': { 'x-api-key': home.publishableKey },
    'secret key': { 'x-api-key': home.secretKey },
    member: { authorization: `Bearer ${home.memberToken}` },
  }
})

const isText = (schema: unknown) => {
  const shape = resolved(Object(schema))
  const kinds = [shape, ...(Array.isArray(shape.anyOf) ? shape.anyOf : [])]
  return kinds.some(kind => resolved(Object(kind)).type === 'string')
}
const fieldsOf = ({ schema = {} }: Described) =>
  Object.entries(Object(resolved(schema).properties))
    .filter(([, inner]) => isText(inner))
    .map(([name]) => name)

// Signing up and in have budgets that other tests need, and their own tests try texts.
const isSpared = (id: string) =>
  /^auth\.|^members\.|^second_factor|^passkeys|^emails|\.verif/.test(id)
const withTexts = describedRequests.filter(
  request => !isSpared(request.id) && request.example !== undefined && fieldsOf(request).length > 0,
)

describe('unusual texts', () => {
  test.each(withTexts.map(request => [request.id, request] as const))(
    'E12: %s takes or refuses them, and never breaks',
    async (_id, request) => {
      const headers = headersFor[request.credentials[0] ?? ''] ?? {}
      // Nobody's ids: what is right about the body still finds nothing to change.
      const path = request.path.replace(/\{\w+\}/g, '01890000-0000-7000-8000-000000000000')
      for (const field of fieldsOf(request)) {
        for (const text of texts) {
          const json = { ...Object(request.example), [field]: text }
          const answer = await call(request.method, stack.api_url + path, { headers, json })
          expect(answer.status, `${field}: ${JSON.stringify(text)}`).toBeLessThan(500)
          if (answer.status >= 400) codeOf(answer)
        }
      }
    },
  )

  test.each(texts.filter(text => text.length < 1_000))(
    'E12: %j comes back out of a save as it went in',
    async text => {
      const headers = headersFor.player ?? {}
      const url = `${stack.api_url}/api/v1/saves/me`
      const json = { save_id: 'texts', data: { text } }
      const written = await call('POST', url, { headers, json })
      expect(written.status).toBeLessThan(300)
      const read = await call('GET', `${url}/texts`, { headers })
      expect(Object(read.body).data).toEqual({ text })
    },
  )
})
