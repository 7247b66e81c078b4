import { createHmac, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { verifyWebhook } from './webhooks.js'

const key = randomBytes(32)
const secret = `whsec_${key.toString('base64')}`
const now = () => 1_800_000_000_000
const id = '01890000-0000-7000-8000-000000000000'
const body = JSON.stringify({
  type: 'player.banned',
  timestamp: '2027-01-15T08:00:00.000Z',
  data: { player_id: id },
})

function headersOf({ at = 1_800_000_000, text = body, by = key } = {}) {
  const signature = createHmac('sha256', by).update(`${id}.${at}.${text}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': `v1,${signature}`,
  }
}

const codeOf = async (result: ReturnType<typeof verifyWebhook>) => {
  const settled = await result
  return settled.success ? 'fine' : settled.error.code
}

describe('a webhook', () => {
  test('I2: that is ours is handed on', async () => {
    const result = await verifyWebhook(secret, { headers: headersOf(), body }, { now })
    expect(result).toEqual({
      success: true,
      event: {
        id,
        type: 'player.banned',
        timestamp: '2027-01-15T08:00:00.000Z',
        data: { player_id: id },
      },
    })
  })

  test('I2: that is changed, signed by another, or lacks a header is refused', async () => {
    const verify = (headers: Record<string, string>, text = body) =>
      codeOf(verifyWebhook(secret, { headers, body: text }, { now }))
    const { 'webhook-signature': signature, ...unsigned } = headersOf()
    expect(await verify(headersOf(), body.replace('banned', 'erased'))).toBe('webhook_invalid')
    expect(await verify(headersOf({ by: randomBytes(32) }))).toBe('webhook_invalid')
    expect(await verify(unsigned)).toBe('webhook_invalid')
    for (const odd of [signature.replace('v1', 'v2'), 'v1,', 'v1', '%', signature.slice(0, -2)])
      expect(await verify({ ...unsigned, 'webhook-signature': odd })).toBe('webhook_invalid')
  })

  test('I2: with one fitting signature among several is taken, as during a rotation', async () => {
    const headers = headersOf()
    headers['webhook-signature'] =
      `v1,${randomBytes(32).toString('base64')} ${headers['webhook-signature']}`
    expect(await codeOf(verifyWebhook(secret, { headers, body }, { now }))).toBe('fine')
  })

  test.each([
    [-301, 'webhook_invalid'],
    [-300, 'fine'],
    [300, 'fine'],
    [301, 'webhook_invalid'],
    [Number.NaN, 'webhook_invalid'],
  ])('I2: %s seconds from now is %s', async (offset, expected) => {
    const headers = headersOf({ at: 1_800_000_000 + offset })
    expect(await codeOf(verifyWebhook(secret, { headers, body }, { now }))).toBe(expected)
  })

  test('I2: that was seen before is refused', async () => {
    const seen = new Set<string>()
    const wasSeen = (each: string) => seen.has(each) || !seen.add(each)
    const request = { headers: headersOf(), body }
    expect(await codeOf(verifyWebhook(secret, request, { now, wasSeen }))).toBe('fine')
    expect(await codeOf(verifyWebhook(secret, request, { now, wasSeen }))).toBe('webhook_invalid')
  })
})
