import { createHash, randomBytes } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { Sha256, sha256 } from './sha256.js'

afterEach(() => {
  vi.unstubAllGlobals()
})

const expected = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('hashes contents of every length around a block as the platform does', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = new Uint8Array(randomBytes(length))
    const hash = new Sha256()
    hash.add(bytes)
    expect(hash.digest()).toBe(expected(bytes))
  }
})

test('makes nothing of how a content is cut', () => {
  const bytes = new Uint8Array(randomBytes(10_000))
  for (const step of [1, 3, 63, 64, 65, 127, 1_000]) {
    const hash = new Sha256()
    for (let at = 0; at < bytes.length; at += step) hash.add(bytes.subarray(at, at + step))
    expect(hash.digest()).toBe(expected(bytes))
  }
})

test('does without the hash of the platform where a page has none', async () => {
  const bytes = new Uint8Array(randomBytes(1_000))
  expect(await sha256(bytes)).toBe(expected(bytes))
  vi.stubGlobal('crypto', {})
  expect(await sha256(bytes)).toBe(expected(bytes))
})
