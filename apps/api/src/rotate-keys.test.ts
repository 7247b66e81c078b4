import { fork } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type DataKeys, renewDataKeys, rewrapDataKeys } from '@aethex/shared/data-keys'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { inParallel } from './testing/caller.js'
import { type KeyStage, quiet as log, masterKey, openKeyStage } from './testing/key-stage.js'

const stack = inject('stack')
let stage: KeyStage
beforeEach(async () => {
  stage = await openKeyStage(stack)
})
afterEach(() => stage.close())

/** Environments with a key each, and what the key is. */
async function filled(count: number, keys: DataKeys): Promise<Map<string, Buffer>> {
  const ids = Array.from({ length: count }, () => randomUUID())
  const made = await Promise.all(
    ids.map(async id => [id, (await keys.current(id)).secret] as const),
  )
  return new Map(made)
}

/** Reads all keys with a process that has nothing in memory. */
async function expectReadable(secrets: Map<string, Buffer>, keys: DataKeys) {
  for (const [id, secret] of secrets) expect((await keys.find(id, 1)).secret).toEqual(secret)
}

const [older, newer] = [randomBytes(32), randomBytes(32)]
const nothingInMemory = { remember: 1, recheckMs: 0 }

describe('wrapping under the next master key', () => {
  test('two runs at once wrap every key, while processes of both configurations read and write', async () => {
    const [before, after] = [await stage.listed(older, newer), await stage.listed(newer, older)]
    const secrets = await filled(200, stage.process(before))
    const ids = [...secrets.keys()]
    let isOver = false
    const use = async (keys: DataKeys) => {
      let reads = 0
      for (; !isOver; reads++) {
        const id = ids[Math.floor(Math.random() * ids.length)] ?? ''
        const found = reads % 2 === 0 ? await keys.find(id, 1) : await keys.current(id)
        expect(found.secret).toEqual(secrets.get(id))
        if (reads % 20 === 0) expect((await keys.current(randomUUID())).id).toBe(1)
      }
      return reads
    }
    const users = [before, before, after, after].map(keys =>
      use(stage.process(keys, nothingInMemory)),
    )
    const runs = await inParallel(2, () =>
      rewrapDataKeys({ db: stage.db, masterKeys: after, log, batch: 20 }),
    )
    isOver = true
    for (const reads of await Promise.all(users)) expect(reads).toBeGreaterThan(10)
    expect(runs.reduce((sum, run) => sum + run.rewrapped, 0)).toBeGreaterThanOrEqual(200)

    await rewrapDataKeys({ db: stage.db, masterKeys: after, log })
    const only = await stage.listed(newer)
    expect(Object.keys(await stage.wrappedBy())).toEqual([await only.currentId()])
    await expectReadable(secrets, stage.process(only))
    const again = await rewrapDataKeys({ db: stage.db, masterKeys: only, log })
    expect(again).toEqual({ rewrapped: 0, left: 0 })
  })

  test('a run that is killed between two steps leaves every key readable, and the next one goes on from there', async () => {
    const [before, after] = [await stage.listed(older), await stage.listed(newer, older)]
    const secrets = await filled(50, stage.process(before))
    const program = fileURLToPath(new URL('./testing/doomed-rotation.ts', import.meta.url))
    const doomed = fork(program, { execArgv: ['--import', 'tsx'] })
    doomed.send({
      databaseUrl: stage.databaseUrl,
      masterKeys: [newer, older].map(key => key.toString('base64')),
      batch: 10,
      wraps: 20,
    })
    const [, signal] = await once(doomed, 'exit')
    expect(signal).toBe('SIGKILL')
    const [was, is] = [await before.currentId(), await after.currentId()]
    expect(await stage.wrappedBy()).toEqual({ [was]: 30, [is]: 20 })
    await expectReadable(secrets, stage.process(after))

    const rest = await rewrapDataKeys({ db: stage.db, masterKeys: after, log, batch: 10 })
    expect(rest).toEqual({ rewrapped: 30, left: 0 })
    expect(await stage.wrappedBy()).toEqual({ [is]: 50 })
    await expectReadable(secrets, stage.process(await stage.listed(newer)))
  })

  test('a key that cannot be opened stays as it is and stops nobody else', async () => {
    const lost = await filled(1, stage.process(await stage.listed(randomBytes(32))))
    const secrets = await filled(5, stage.process(await stage.listed(older)))
    const after = await stage.listed(newer, older)
    const [altered = ''] = secrets.keys()
    const whole = await stage.rows(
      'SELECT wrapped FROM data_key WHERE environment_id = $1',
      altered,
    )
    const set = 'UPDATE data_key SET wrapped = $2 WHERE environment_id = $1'
    await stage.rows(set, altered, randomBytes(60))
    const done = await rewrapDataKeys({ db: stage.db, masterKeys: after, log, batch: 2 })
    expect(done).toEqual({ rewrapped: 4, left: 2 })
    // Whoever finds the right bytes or the lost master key again goes on as if nothing had happened.
    await stage.rows(set, altered, whole[0]?.wrapped)
    expect(await rewrapDataKeys({ db: stage.db, masterKeys: after, log })).toEqual({
      rewrapped: 1,
      left: lost.size,
    })
    await expectReadable(secrets, stage.process(after))
  })

  test('a KMS that does not answer ends the run, and no key is the worse for it', async () => {
    const before = await stage.listed(older)
    const secrets = await filled(5, stage.process(before))
    const after = await stage.listed(newer, older)
    const failing = { ...after, wrap: () => Promise.reject(new Error('no answer')) }
    const run = rewrapDataKeys({ db: stage.db, masterKeys: failing, log })
    await expect(run).rejects.toThrow('no answer')
    // One that wraps something else is found out before its wrap is stored.
    const elsewhere = { environmentId: randomUUID(), keyId: 1 }
    const lying = { ...after, wrap: (plain: Uint8Array) => after.wrap(plain, elsewhere) }
    expect(await rewrapDataKeys({ db: stage.db, masterKeys: lying, log })).toEqual({
      rewrapped: 0,
      left: 5,
    })
    await expectReadable(secrets, stage.process(before))
  })
})

describe('new data keys', () => {
  test('seal what is written from now on, while the old ones open what they sealed', async () => {
    const masterKeys = await stage.listed(older)
    const writer = stage.process(masterKeys, { recheckMs: 0 })
    const secrets = await filled(30, writer)
    const [{ now } = {}] = await stage.rows('SELECT now() AS now')
    const cutoff = now instanceof Date ? now : undefined
    const parts = { db: stage.db, masterKeys, log, batch: 7 }
    const made = await inParallel(2, () => renewDataKeys(parts, cutoff))
    expect(made.reduce((sum, count) => sum + count, 0)).toBe(30)
    // The same moment again: a run that was cut short makes no third key.
    expect(await renewDataKeys(parts, cutoff)).toBe(0)
    for (const [id, secret] of secrets) {
      const current = await writer.current(id)
      expect(current.id).toBe(2)
      expect(current.secret.equals(secret)).toBe(false)
      expect((await writer.find(id, 1)).secret).toEqual(secret)
    }
    const retired = await stage.rows(
      'SELECT key_id, count(*) AS keys, count(retired_at) AS retired FROM data_key GROUP BY 1 ORDER BY 1',
    )
    expect(retired).toEqual([
      { key_id: 1, keys: 30, retired: 30 },
      { key_id: 2, keys: 30, retired: 0 },
    ])
    expect(await renewDataKeys(parts, undefined)).toBe(30)
  })
})

describe('the tool', () => {
  const program = fileURLToPath(new URL('./rotate-keys.ts', import.meta.url))

  async function run(keys: readonly Buffer[], ...flags: string[]) {
    const tool = fork(program, flags, {
      execArgv: ['--import', 'tsx'],
      silent: true,
      env: {
        ...process.env,
        DATABASE_URL: stage.databaseUrl,
        MASTER_KEY: masterKey.toString('base64'),
        DATA_MASTER_KEYS: keys.map(key => key.toString('base64')).join(','),
      },
    })
    const [out, [code]] = await Promise.all([
      tool.stdout === null ? '' : text(tool.stdout),
      once(tool, 'exit'),
    ])
    return { code, out }
  }
  async function count(table: 'data_key' | 'signing_key') {
    const [row] = await stage.rows(`SELECT count(*) AS count FROM ${table}`)
    return row?.count
  }

  test('makes the next signing key, wraps the data keys anew, tells of it, and fails when a key is left', async () => {
    const secrets = await filled(5, stage.process(await stage.listed(older)))
    const whole = await run([newer, older])
    expect(whole.code).toBe(0)
    expect(whole.out).toContain('"rewrapped":5')
    for (const key of [older, newer, masterKey, ...secrets.values()]) {
      expect(whole.out).not.toContain(key.toString('base64'))
    }
    expect(await count('signing_key')).toBe(1)
    await expectReadable(secrets, stage.process(await stage.listed(newer)))

    expect((await run([older], '--only', 'data-keys')).code).toBe(1)
    const renewing = await run([newer], '--only', 'data-keys', '--new-data-keys', 'true')
    expect(renewing.out).toContain('"renewed":5')
    expect([await count('data_key'), await count('signing_key')]).toEqual([10, 1])
    const [audited] = await stage.rows(
      `SELECT count(*) AS entries FROM audit_entry
       WHERE action = 'data_keys.renew' AND environment_id = ANY($1)`,
      [...secrets.keys()],
    )
    expect(audited).toEqual({ entries: 5 })
    // Three programs are started, on a machine that may be busy.
  }, 90_000)
})
