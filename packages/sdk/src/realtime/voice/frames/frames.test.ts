import { describe, expect, test } from 'vitest'
import { deriveFrameKey } from './frame-key.js'
import { readHeader, writeHeader } from './header.js'
import { FrameOpener } from './opener.js'
import { ReplayWindow } from './replay-window.js'
import { FrameSealer, sealFrame } from './sealer.js'

const hex = (bytes: ArrayBuffer | Uint8Array<ArrayBuffer>) =>
  Buffer.from(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)).toString('hex')
const unhex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const text = (words: string) => new TextEncoder().encode(words)

/** The values of RFC 9605, appendix C.1 and C.3, for what this SDK uses. */
const headers: [keyId: number, counter: number, written: string][] = [
  [0, 0, '00'],
  [0, 1, '01'],
  [0, 0xff, '08ff'],
  [0, 0x100, '090100'],
  [0, 0x1000000, '0b01000000'],
  [1, 0, '10'],
  [1, 0xffff, '19ffff'],
  [0xff, 0, '80ff'],
  [0xff, 0x10000, '8aff010000'],
  [0x100, 0xff, '980100ff'],
  [0xffff, 0xffffffff, '9bffffffffffff'],
  [0x100000000, 0xffffffffffff, 'cd0100000000ffffffffffff'],
]
const vector = {
  keyId: 0x123,
  counter: 0x4567,
  baseKey: '000102030405060708090a0b0c0d0e0f',
  metadata: '4945544620534672616d65205747',
  plain: '64726166742d696574662d736672616d652d656e63',
  sealed: '990123456794f509d36e9beacb0e261d99c7d1e972f1fed787d4049f17ca21353c1cc24d56ceabced279',
}

describe('the header', () => {
  test.each(headers)(
    'of key %d and counter %d is what RFC 9605 says',
    (keyId, counter, written) => {
      expect(hex(writeHeader(keyId, counter))).toBe(written)
      expect(readHeader(unhex(`${written}ffee`))).toEqual({
        keyId,
        counter,
        length: written.length / 2,
      })
    },
  )

  test.each(['', '80', '0b0100', 'ff', '0fffffffffffffffff'])('%j is none', written => {
    expect(readHeader(unhex(written))).toBeUndefined()
  })
})

describe('a frame', () => {
  const { keyId, counter, baseKey, metadata, plain, sealed } = vector

  test('is sealed as in the example of RFC 9605 for AES_256_GCM_SHA512_128', async () => {
    const key = await deriveFrameKey(unhex(baseKey), keyId)
    const written = await sealFrame(key, { keyId, counter }, unhex(plain), unhex(metadata))
    expect(hex(written)).toBe(sealed)
    const opener = new FrameOpener('IETF SFrame WG')
    opener.add(keyId, key)
    const opened = await opener.open(unhex(sealed))
    expect('plain' in opened && hex(opened.plain)).toBe(plain)
  })

  test('comes out as it went in, and no two look alike', async () => {
    const { sealer, opener } = await speakerAndListener()
    const frames = new Set<string>()
    for (let index = 0; index < 300; index++) {
      const frame = await sealedHello(sealer)
      frames.add(hex(frame))
      expect(hex(frame)).not.toContain(hex(text('hello')))
      expect(await opener.open(frame)).toEqual({ plain: text('hello').buffer })
    }
    expect(frames.size).toBe(300)
  })

  test('is not made before there is a key', async () => {
    expect(await new FrameSealer('ada').seal(text('hello'))).toBeUndefined()
  })

  test('is played once, in whatever order frames come', async () => {
    const { sealer, opener } = await speakerAndListener()
    const frames = [await sealedHello(sealer), await sealedHello(sealer), await sealedHello(sealer)]
    for (const index of [2, 0, 1]) {
      expect(await opener.open(frames[index] ?? empty)).toHaveProperty('plain')
    }
    for (const frame of frames) expect(await opener.open(frame)).toEqual({ fault: 'replayed' })
    const late = await sealedHello(sealer)
    const both = await Promise.all([opener.open(late), opener.open(late)])
    expect(both.filter(opened => 'plain' in opened)).toHaveLength(1)
  })

  test('that was changed anywhere, the header included, is not played', async () => {
    const { sealer, opener } = await speakerAndListener()
    const frame = await sealedHello(sealer)
    for (let at = 0; at < frame.length; at++) {
      const changed = Uint8Array.from(frame)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await opener.open(changed)).toHaveProperty('fault')
    }
    for (let length = 0; length < frame.length; length++) {
      expect(await opener.open(frame.slice(0, length))).toHaveProperty('fault')
    }
    // None of it spoilt the place of the genuine one.
    expect(await opener.open(frame)).toHaveProperty('plain')
  })

  test('of another speaker, or under another key, is forged', async () => {
    const { sealer, key } = await speakerAndListener()
    const frame = await sealedHello(sealer)
    const asBob = new FrameOpener('bob')
    asBob.add(1, key)
    const wrongKey = new FrameOpener('ada')
    wrongKey.add(1, await freshKey(1))
    for (const opener of [asBob, wrongKey]) {
      expect(await opener.open(frame)).toEqual({ fault: 'forged' })
    }
    expect(await new FrameOpener('ada').open(frame)).toEqual({ fault: 'unknown_key' })
  })

  test('that was never sealed is not played', async () => {
    const { opener } = await speakerAndListener()
    expect(await opener.open(text('opus in clear'))).toHaveProperty('fault')
    expect(await opener.open(empty)).toEqual({ fault: 'malformed' })
  })
})

describe('a new key', () => {
  test('seals from the next frame on, and the one before opens what is on its way', async () => {
    const { sealer, opener } = await speakerAndListener()
    const onItsWay = await sealedHello(sealer)
    const second = await freshKey(2)
    sealer.use(2, second)
    const under2 = await sealedHello(sealer)
    expect(await opener.open(under2)).toEqual({ fault: 'unknown_key' })
    opener.add(2, second)
    expect(await opener.open(under2)).toHaveProperty('plain')
    expect(await opener.open(onItsWay)).toHaveProperty('plain')
  })

  test('makes the key before the last one worth nothing', async () => {
    const { sealer, opener } = await speakerAndListener()
    const old = await sealedHello(sealer)
    opener.add(2, await freshKey(2))
    opener.add(3, await freshKey(3))
    expect(await opener.open(old)).toEqual({ fault: 'unknown_key' })
  })

  test('that is old news takes nothing back, at neither end', async () => {
    const { sealer, opener, key } = await speakerAndListener()
    const second = await freshKey(2)
    sealer.use(2, second)
    opener.add(2, second)
    sealer.use(1, key)
    opener.add(1, await freshKey(1))
    opener.add(2, await freshKey(2))
    const frame = await sealedHello(sealer)
    expect(readHeader(frame)).toMatchObject({ keyId: 2, counter: 0 })
    expect(await opener.open(frame)).toHaveProperty('plain')
  })
})

test('the window takes every number once, in disorder too, and none from long before', () => {
  const window = new ReplayWindow()
  const taken: number[] = []
  for (let step = 0; step < 5_000; step++) {
    // Ahead by up to three, then one from the last nine hundred.
    for (const counter of [step * 3, Math.max(0, step * 3 - ((step * 7919) % 900))]) {
      const isKnown = taken.includes(counter, Math.max(0, taken.length - 2_000))
      expect(window.accept(counter)).toBe(!isKnown)
      if (!isKnown) taken.push(counter)
    }
  }
  expect(window.accept(14_997 - 1_024)).toBe(false)
  expect(window.accept(1_000_000)).toBe(true)
  expect(window.accept(1_000_000 - 1_023)).toBe(true)
  expect(window.accept(1_000_000 - 1_024)).toBe(false)
})

const empty = new Uint8Array(0)

async function sealedHello(sealer: FrameSealer): Promise<Uint8Array<ArrayBuffer>> {
  const frame = await sealer.seal(text('hello'))
  if (frame === undefined) throw new Error('there is no key')
  return frame
}

const freshKey = (keyId: number) =>
  deriveFrameKey(crypto.getRandomValues(new Uint8Array(32)), keyId)

async function speakerAndListener() {
  const key = await freshKey(1)
  const sealer = new FrameSealer('ada')
  const opener = new FrameOpener('ada')
  sealer.use(1, key)
  opener.add(1, key)
  return { key, sealer, opener }
}
