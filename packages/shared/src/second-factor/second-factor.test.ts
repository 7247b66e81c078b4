import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { hashRecoveryCode, mintRecoveryCodes } from './recovery-codes.js'
import { gameParty, platformParty } from './relying-party.js'
import { newTotp, stepOfCode } from './totp.js'

// RFC 6238, appendix B: the secret is the ASCII text, and a code of six digits is the end of the printed eight.
const rfcSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const vectors: [seconds: number, eightDigits: string][] = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
]

const at = (seconds: number) => new Date(seconds * 1_000)

describe('time-based codes', () => {
  test.each(vectors)('the code of RFC 6238 at %d s is %s', (seconds, eightDigits) => {
    const step = stepOfCode(rfcSecret, eightDigits.slice(2), at(seconds))
    expect(step).toBe(Math.floor(seconds / 30))
  })

  test('a code counts one step early and one step late, and never two', () => {
    const code = '287082'
    const steps = [-31, -1, 0, 29, 30, 59, 60].map(off => stepOfCode(rfcSecret, code, at(30 + off)))
    expect(steps).toEqual([undefined, 1, 1, 1, 1, 1, undefined])
  })

  test('codes of another length or with letters are no codes', () => {
    for (const code of ['', '28708', '2870820', '94287082', '28708a']) {
      expect(stepOfCode(rfcSecret, code, at(59))).toBeUndefined()
    }
  })

  test('a fresh secret has 160 bits, and its URI says what apps need', () => {
    const made = newTotp({ issuer: 'Sky & Sea', label: 'ada@example.com' })
    expect(made.secret).toMatch(/^[A-Z2-7]{32}$/)
    const uri = new URL(made.uri)
    expect(uri.protocol + uri.host).toBe('otpauth:totp')
    expect(decodeURIComponent(uri.pathname)).toBe('/Sky & Sea:ada@example.com')
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      issuer: 'Sky & Sea',
      secret: made.secret,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    })
    expect(made.qr_svg).toMatch(/^<svg [^>]*viewBox/)
    expect(newTotp({ issuer: 'x', label: 'y' }).secret).not.toBe(made.secret)
  })

  test('an independent computation makes the code that is accepted', () => {
    const secret = Buffer.from('12345678901234567890')
    const step = Buffer.alloc(8)
    step.writeUInt32BE(58_000_000, 4)
    const mac = createHmac('sha1', secret).update(step).digest()
    const truncated = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff
    const code = String(truncated % 1_000_000).padStart(6, '0')
    expect(stepOfCode(rfcSecret, code, at(58_000_000 * 30 + 7))).toBe(58_000_000)
  })
})

describe('recovery codes', () => {
  test('there are ten of 80 bits, all different, without letters that pass for digits', () => {
    const codes = mintRecoveryCodes()
    expect(new Set(codes).size).toBe(10)
    for (const code of codes) {
      expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
    }
  })

  test('a code may be typed in capitals, without hyphens, with O for 0 and I or L for 1', () => {
    const owner = ['environment', 'player']
    const hash = hashRecoveryCode(owner, '0a1b-2c3d-4e5f-6g7h')
    for (const typed of ['0A1B2C3D4E5F6G7H', 'oaIb 2c3d 4e5f 6g7h', 'Oalb-2C3D-4e5f-6g7h']) {
      expect(hashRecoveryCode(owner, typed).equals(hash)).toBe(true)
    }
  })

  test('the same code of another account has another hash', () => {
    const hash = (...owner: string[]) =>
      hashRecoveryCode(owner, '0a1b-2c3d-4e5f-6g7h').toString('hex')
    expect(new Set([hash('a', 'b'), hash('b', 'a'), hash('ab'), hash('a,b')]).size).toBe(4)
  })
})

describe('whose passkeys they are', () => {
  const platform = platformParty('https://api.example.com/', 'Game')

  test('the platform is its own domain and origin', () => {
    expect(platform).toEqual({
      id: 'api.example.com',
      name: 'Game',
      origins: ['https://api.example.com'],
    })
  })

  test('a loopback address is known to browsers as localhost', () => {
    for (const url of ['http://127.0.0.1:8080', 'http://[::1]:8080', 'http://localhost:8080/']) {
      expect(platformParty(url, 'Game')).toMatchObject({
        id: 'localhost',
        origins: ['http://localhost:8080'],
      })
    }
  })

  test("a game's own domain takes the place of the platform's", () => {
    expect(gameParty(platform, { rpId: 'sky.example', origins: [] })).toMatchObject({
      id: 'sky.example',
      origins: ['https://sky.example'],
    })
    expect(
      gameParty(platform, { rpId: null, origins: ['https://play.api.example.com'] }).origins,
    ).toEqual(['https://api.example.com', 'https://play.api.example.com'])
  })
})
