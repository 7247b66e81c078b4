import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../log/index.js'
import { startTestKms, type TestKms } from '../testing/index.js'
import { fingerprint, listedMasterKeys, readMasterKeys } from './local-keys.js'
import { type MasterKeys, UnknownMasterKey, type WrapContext, WrapRefused } from './master-keys.js'
import { type MasterKeySettings, openMasterKeys } from './open-master-keys.js'

const log = createLog('test', 'silent')
const masterKey = randomBytes(32)
const secret = randomBytes(32)
const here: WrapContext = { environmentId: randomUUID(), keyId: 1 }
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: randomUUID() }

let kms: TestKms
let arn = ''
let folder = ''
let file = ''
let fileText: string

const textOf = (...keys: Buffer[]) => keys.map(key => key.toString('base64')).join('\n')
const kmsOf = (keyId: string) => ({ keyId, region: 'us-east-1', endpoint: kms.url, credentials })
const open = (more: Partial<MasterKeySettings> = {}) => openMasterKeys({ masterKey, ...more }, log)

beforeAll(async () => {
  kms = await startTestKms()
  arn = kms.makeKey()
  folder = mkdtempSync(path.join(tmpdir(), 'aethex-master-keys-'))
  file = path.join(folder, 'keys')
  fileText = `# the newest first\n${textOf(randomBytes(32), randomBytes(32))}\n`
  writeFileSync(file, fileText)
})
afterAll(async () => {
  await kms.close()
  rmSync(folder, { recursive: true })
})

const places: [string, () => Promise<MasterKeys>][] = [
  ['the key derived from MASTER_KEY', () => open()],
  ['keys from the environment', () => open({ listed: [randomBytes(32), randomBytes(32)] })],
  ['keys from a file', () => open({ file })],
  ['a KMS', () => open({ kms: kmsOf(arn) })],
]

describe.each(places)('%s', (_name, openPlace) => {
  let keys: MasterKeys
  beforeAll(async () => {
    keys = await openPlace()
  })
  afterAll(() => keys.close())

  test('unwraps what it has wrapped, and says which key that was', async () => {
    const { masterKeyId, wrapped } = await keys.wrap(secret, here)
    expect(masterKeyId).toBe(await keys.currentId())
    expect(Buffer.from(wrapped).includes(secret)).toBe(false)
    expect(await keys.unwrap(masterKeyId, wrapped, here)).toEqual(secret)
    // No two wraps are alike, so that nobody sees which keys are the same.
    expect((await keys.wrap(secret, here)).wrapped).not.toEqual(wrapped)
  })

  test('refuses a wrap that was altered, cut short or moved', async () => {
    const { masterKeyId, wrapped } = await keys.wrap(secret, here)
    const flipped = (at: number) => wrapped.map((byte, index) => (index === at ? byte ^ 1 : byte))
    const spoilt = [
      ...[0, 13, wrapped.length - 1].map(flipped),
      wrapped.subarray(0, -1),
      wrapped.subarray(0, 20),
      new Uint8Array(),
    ]
    for (const one of spoilt) {
      await expect(keys.unwrap(masterKeyId, one, here)).rejects.toThrow(WrapRefused)
    }
    for (const there of [
      { ...here, environmentId: randomUUID() },
      { ...here, keyId: 2 },
    ]) {
      await expect(keys.unwrap(masterKeyId, wrapped, there)).rejects.toThrow(WrapRefused)
    }
  })

  test('does not know the keys of others', async () => {
    const other = listedMasterKeys([randomBytes(32)])
    const { masterKeyId, wrapped } = await other.wrap(secret, here)
    await expect(keys.unwrap(masterKeyId, wrapped, here)).rejects.toThrow(UnknownMasterKey)
  })
})

describe('several master keys', () => {
  test('the first of a list wraps, and all of it unwrap', async () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)]
    const before = await open({ listed: [older] })
    const during = await open({ listed: [newer, older] })
    const after = await open({ listed: [newer] })
    const old = await before.wrap(secret, here)
    const fresh = await during.wrap(secret, here)
    expect([old.masterKeyId, fresh.masterKeyId]).toEqual([fingerprint(older), fingerprint(newer)])
    expect(await during.unwrap(old.masterKeyId, old.wrapped, here)).toEqual(secret)
    expect(await after.unwrap(fresh.masterKeyId, fresh.wrapped, here)).toEqual(secret)
    await expect(after.unwrap(old.masterKeyId, old.wrapped, here)).rejects.toThrow(UnknownMasterKey)
  })

  test('what is set last in the row of places unwraps while an earlier one wraps', async () => {
    const listed = [randomBytes(32)]
    const row = [
      await open(),
      await open({ listed }),
      await open({ listed, file }),
      await open({ listed, file, kms: kmsOf(arn) }),
    ]
    const wraps = await Promise.all(row.map(keys => keys.wrap(secret, here)))
    expect(new Set(wraps.map(wrap => wrap.masterKeyId)).size).toBe(4)
    for (const { masterKeyId, wrapped } of wraps) {
      expect(await row.at(-1)?.unwrap(masterKeyId, wrapped, here)).toEqual(secret)
    }
    await Promise.all(row.map(keys => keys.close()))
  })

  test('a place that is named wraps before the first, so that readers can be told of a new one in advance', async () => {
    const keys = await open({ kms: kmsOf(arn), place: 'derived' })
    expect(await keys.currentId()).toBe(await (await open()).currentId())
    const byKms = await (await open({ kms: kmsOf(arn) })).wrap(secret, here)
    expect(await keys.unwrap(byKms.masterKeyId, byKms.wrapped, here)).toEqual(secret)
    await expect(open({ place: 'kms' })).rejects.toThrow('DATA_MASTER_PLACE: kms is not set up')
  })
})

describe('a file of keys', () => {
  test('is read again when it changes, and a spoilt one changes nothing', async () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)]
    const own = path.join(folder, 'own')
    writeFileSync(own, textOf(older))
    const keys = await open({ file: own })
    const old = await keys.wrap(secret, here)

    writeFileSync(own, textOf(newer, older))
    expect(await keys.currentId()).toBe(fingerprint(newer))
    expect(await keys.unwrap(old.masterKeyId, old.wrapped, here)).toEqual(secret)

    writeFileSync(own, 'half a li')
    expect(await keys.currentId()).toBe(fingerprint(newer))
    rmSync(own)
    expect(await keys.unwrap(old.masterKeyId, old.wrapped, here)).toEqual(secret)

    writeFileSync(`${own}.next`, textOf(newer))
    renameSync(`${own}.next`, own)
    await expect(keys.unwrap(old.masterKeyId, old.wrapped, here)).rejects.toThrow(UnknownMasterKey)
  })

  test('I16: one that is missing or holds something else ends the start, and is not repeated in the reason', async () => {
    await expect(open({ file: path.join(folder, 'nowhere') })).rejects.toThrow(/ENOENT/)
    const spoilt = path.join(folder, 'spoilt')
    writeFileSync(spoilt, randomBytes(16).toString('base64'))
    await expect(open({ file: spoilt })).rejects.toThrow(
      'DATA_MASTER_KEY_FILE: key 1 is not 32 bytes in base64',
    )
  })

  test('has a key on a line or between commas, and nothing that is no key', () => {
    const keys = [randomBytes(32), randomBytes(32)]
    expect(readMasterKeys(`# two\n\n${textOf(...keys)}\r\n`)).toEqual(keys)
    expect(readMasterKeys(keys.map(key => key.toString('base64url')).join(' , '))).toEqual(keys)
    for (const text of ['', ' ,', '# nothing', 'short', `${textOf(...keys)}\n!`]) {
      expect(() => readMasterKeys(text)).toThrow()
    }
  })
})

describe('a KMS', () => {
  test('is told the environment and the number of the key, for its own log and policies', async () => {
    const keys = await open({ kms: kmsOf(arn) })
    kms.asked.length = 0
    const { masterKeyId, wrapped } = await keys.wrap(secret, here)
    await keys.unwrap(masterKeyId, wrapped, here)
    const context = { environment_id: here.environmentId, data_key: '1' }
    expect(kms.asked).toEqual([
      { verb: 'Encrypt', context },
      { verb: 'Decrypt', context },
    ])
    await keys.close()
  })

  test('says by an alias which key wraps now, and unwraps with the one before', async () => {
    const next = kms.makeKey()
    kms.nameKey('alias/data', arn)
    const keys = await open({ kms: kmsOf('alias/data') })
    const old = await keys.wrap(secret, here)
    expect(old.masterKeyId).toBe(arn)
    kms.nameKey('alias/data', next)
    expect(await keys.currentId()).toBe(next)
    expect(await keys.unwrap(old.masterKeyId, old.wrapped, here)).toEqual(secret)
    await keys.close()
  })

  test.each(['down', 'slow', 'refusing'] as const)(
    'that is %s is not taken for an altered wrap, and is not waited for',
    async mood => {
      const keys = await open({ kms: kmsOf(arn) })
      const { masterKeyId, wrapped } = await keys.wrap(secret, here)
      kms.mood = mood
      const started = performance.now()
      const error: unknown = await keys.unwrap(masterKeyId, wrapped, here).catch(reason => reason)
      kms.mood = 'well'
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toBeInstanceOf(WrapRefused)
      expect(error).not.toBeInstanceOf(UnknownMasterKey)
      expect(performance.now() - started).toBeLessThan(5_000)
      await keys.close()
    },
  )
})
