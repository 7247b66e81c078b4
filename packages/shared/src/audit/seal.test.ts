import { describe, expect, test } from 'vitest'
import { canonicalJson, type Json } from './canonical-json.js'
import { type AuditEntry, genesisHash, sealOf } from './seal.js'

describe('canonical JSON', () => {
  test('orders keys by their UTF-16 code units at every depth', () => {
    const value = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      ö: { b: 1, a: [] },
    }
    expect(canonicalJson(value)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"ö":{"a":[],"b":1},"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    )
  })

  test.each<[Json, string]>([
    [-0, '0'],
    [1e21, '1e+21'],
    [333333333.3333333, '333333333.3333333'],
    [1e-7, '1e-7'],
    ['\u000f"\\/\n', '"\\u000f\\"\\\\/\\n"'],
    [[null, true, []], '[null,true,[]]'],
  ])('writes %j as %s', (value, text) => expect(canonicalJson(value)).toBe(text))

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('has no text for %d', value => {
    expect(() => canonicalJson([value])).toThrow()
  })

  test('does not depend on how a value was put together', () => {
    const text = '{"b":[1,{"d":null,"c":"x"}],"a":true}'
    const reordered = '{"a":true,"b":[1,{"c":"x","d":null}]}'
    expect(canonicalJson(JSON.parse(text))).toBe(canonicalJson(JSON.parse(reordered)))
  })
})

describe('a seal', () => {
  const entry: AuditEntry = {
    id: '01890000-0000-7000-8000-000000000000',
    organization_id: null,
    environment_id: null,
    actor: { kind: 'member', id: 'm' },
    action: 'keys.revoke',
    target: 'k',
    details: { kind: 'secret' },
    request_id: 'r',
    created_at: '2026-01-01T00:00:00.000001Z',
  }
  const changed: Record<string, Partial<AuditEntry>> = {
    id: { id: '01890000-0000-7000-8000-000000000001' },
    organization: { organization_id: 'o' },
    environment: { environment_id: 'e' },
    actor: { actor: { kind: 'member', id: 'n' } },
    action: { action: 'keys.create' },
    target: { target: null },
    details: { details: {} },
    request: { request_id: 's' },
    time: { created_at: '2026-01-01T00:00:00.000002Z' },
  }

  test.each(Object.entries(changed))('is another when the %s is another', (_what, change) => {
    expect(sealOf(1, genesisHash, { ...entry, ...change })).not.toEqual(
      sealOf(1, genesisHash, entry),
    )
  })

  test('is another at another place and after another entry', () => {
    const here = sealOf(1, genesisHash, entry)
    expect(sealOf(2, genesisHash, entry)).not.toEqual(here)
    expect(sealOf(1, here, entry)).not.toEqual(here)
    expect(sealOf(1, genesisHash, { ...entry })).toEqual(here)
  })
})
