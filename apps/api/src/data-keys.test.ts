import { randomBytes, randomUUID } from 'node:crypto'
import { Writable } from 'node:stream'
import {
  type DataKeys,
  type MasterKeys,
  openDataKeys,
  openMasterKeys,
} from '@aethex/shared/data-keys'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { createLog } from '@aethex/shared/log'
import { startTestKms, type TestKms } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { inParallel } from './testing/caller.js'
import { type KeyStage, masterKey, openKeyStage, quiet } from './testing/key-stage.js'
import { openStored, type Stored } from './testing/stored.js'

const stack = inject('stack')
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: randomUUID() }
let stage: KeyStage
let stored: Stored
let kms: TestKms
let byKms: MasterKeys
let local: MasterKeys

beforeAll(async () => {
  stage = await openKeyStage(stack)
  stored = openStored(stack)
  kms = await startTestKms()
  const place = { keyId: kms.makeKey(), region: 'us-east-1', endpoint: kms.url, credentials }
  byKms = await openMasterKeys({ masterKey, kms: place }, quiet)
  local = await stage.listed(randomBytes(32))
})
afterAll(async () => {
  await byKms.close()
  await kms.close()
  await stored.close()
  await stage.close()
})

const rowsOf = (environmentId: string) =>
  stage.rows('SELECT * FROM data_key WHERE environment_id = $1 ORDER BY key_id', environmentId)

const codeOfProblem = async (work: Promise<unknown>) => {
  const error: unknown = await work.then(
    () => undefined,
    reason => reason,
  )
  return error instanceof Problem ? error.code : error
}

/** What is logged as an error. */
function errorLog() {
  const lines: string[] = []
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk))
      done()
    },
  })
  return { lines, log: createLog('test', 'error', sink) }
}

describe('the first use', () => {
  test('fifty first uses at once on five processes make one key, the same for all', async () => {
    const environmentId = randomUUID()
    const processes = await inParallel(5, async () => stage.process(byKms))
    const keys = await inParallel(50, async index => processes[index % 5]?.current(environmentId))
    expect(new Set(keys.map(key => key?.secret.toString('hex'))).size).toBe(1)
    expect(keys.map(key => key?.id)).toEqual(keys.map(() => 1))
    expect(await rowsOf(environmentId)).toHaveLength(1)
  })

  test('of two environments makes two keys, and what is stored does not hold them', async () => {
    const [here, there] = [randomUUID(), randomUUID()]
    const keys = stage.process(local)
    const [one, other] = [await keys.current(here), await keys.current(there)]
    expect(one.secret).toHaveLength(32)
    expect(one.secret.equals(other.secret)).toBe(false)
    const [row] = await rowsOf(here)
    expect(Buffer.from(row?.wrapped as Uint8Array).includes(one.secret)).toBe(false)
    expect((await stage.process(local).find(here.toUpperCase(), 1)).secret).toEqual(one.secret)
  })

  test('makes nothing for an environment that does not exist, and a deleted one takes its keys along', async () => {
    const keys = openDataKeys({ db: stored.db, masterKeys: local, log: quiet })
    const [organization, project, environment] = [randomUUID(), randomUUID(), randomUUID()]
    expect(await codeOfProblem(keys.current(environment))).toBe('not_found')
    await stored.rows("INSERT INTO organization (id, name) VALUES ($1, 'o')", organization)
    await stored.rows(
      "INSERT INTO project (id, organization_id, name) VALUES ($1, $2, 'p')",
      project,
      organization,
    )
    await stored.rows(
      "INSERT INTO environment (id, project_id, name) VALUES ($1, $2, 'e')",
      environment,
      project,
    )
    expect((await keys.current(environment)).id).toBe(1)
    await stored.rows('DELETE FROM organization WHERE id = $1', organization)
    const left = await stored.rows('SELECT 1 FROM data_key WHERE environment_id = $1', environment)
    expect(left).toEqual([])
  })
})

describe('a process that knows a key', () => {
  /** The same, counting what is asked of PostgreSQL and of the master keys. */
  function counted(masterKeys: MasterKeys, remember = 100) {
    const counts = { queries: 0, unwraps: 0 }
    const db: Db = {
      ...stage.db,
      one: (statement, values) => {
        counts.queries++
        return stage.db.one(statement, values)
      },
    }
    const counting: MasterKeys = {
      ...masterKeys,
      unwrap: (...wrap) => {
        counts.unwraps++
        return masterKeys.unwrap(...wrap)
      },
    }
    return { counts, keys: openDataKeys({ db, masterKeys: counting, log: quiet, remember }) }
  }

  test('asks nobody again, and many who need a new one at once wait for one unwrapping', async () => {
    const environmentId = randomUUID()
    await stage.process(byKms).current(environmentId)
    const { counts, keys } = counted(byKms)
    await Promise.all([
      ...(await inParallel(50, async () => keys.find(environmentId, 1))),
      ...(await inParallel(50, async () => keys.current(environmentId))),
    ])
    expect(counts).toEqual({ queries: 2, unwraps: 1 })
    await inParallel(200, async index =>
      index % 2 ? keys.find(environmentId, 1) : keys.current(environmentId),
    )
    expect(counts).toEqual({ queries: 2, unwraps: 1 })
  })

  test('holds a bounded number of them, and reads the others again', async () => {
    const { counts, keys } = counted(local, 2)
    const environments = [randomUUID(), randomUUID(), randomUUID()]
    const secrets = []
    for (const id of environments) secrets.push((await keys.current(id)).secret)
    counts.unwraps = 0
    for (const [index, id] of environments.entries()) {
      expect((await keys.find(id, 1)).secret).toEqual(secrets[index])
    }
    expect(counts.unwraps).toBe(3)
  })

  test('takes a newer key for new writes after a while, keeps the older for reading, and goes on with it while the newer cannot be had', async () => {
    const environmentId = randomUUID()
    const keys = stage.process(byKms, { recheckMs: 0 })
    const first = await keys.current(environmentId)
    const context = { environmentId, keyId: 2 }
    const { masterKeyId, wrapped } = await byKms.wrap(randomBytes(32), context)
    await stage.rows(
      'INSERT INTO data_key (environment_id, key_id, wrapped, master_key_id) VALUES ($1, 2, $2, $3)',
      environmentId,
      wrapped,
      masterKeyId,
    )
    kms.mood = 'refusing'
    expect(await keys.current(environmentId)).toEqual(first)
    kms.mood = 'well'
    expect((await keys.current(environmentId)).id).toBe(2)
    expect(await keys.find(environmentId, 1)).toEqual(first)
  })
})

describe('keys that cannot be had', () => {
  test('while the KMS is out, known keys go on, others answer unavailable, and all is well when it is back', async () => {
    const [known, unknown, fresh] = [randomUUID(), randomUUID(), randomUUID()]
    await stage.process(byKms).current(unknown)
    const keys = stage.process(byKms)
    const { secret } = await keys.current(known)
    for (const mood of ['down', 'slow', 'refusing'] as const) {
      kms.mood = mood
      expect((await keys.current(known)).secret).toEqual(secret)
      const refused = await Promise.all(
        [keys.current(unknown), keys.find(unknown, 1), keys.current(fresh)].map(codeOfProblem),
      )
      expect(refused).toEqual(['unavailable', 'unavailable', 'unavailable'])
    }
    kms.mood = 'well'
    expect((await keys.current(unknown)).id).toBe(1)
    expect((await keys.current(fresh)).id).toBe(1)
  })

  test.each([
    ['the KMS', () => byKms],
    ['a key of ours', () => local],
  ] as const)(
    'a key wrapped by %s that was altered, moved, renumbered or lost answers unavailable and raises an alarm',
    async (_name, masterKeysOf) => {
      const masterKeys = masterKeysOf()
      const [victim, thief] = [randomUUID(), randomUUID()]
      const writer = stage.process(masterKeys)
      await writer.current(victim)
      await writer.current(thief)
      const from = 'FROM data_key v WHERE v.environment_id = $1 AND v.key_id = 1'
      const attacks = [
        `UPDATE data_key d SET wrapped = v.wrapped ${from} AND d.environment_id = $2`,
        `UPDATE data_key d SET wrapped = set_byte(v.wrapped, 30, get_byte(v.wrapped, 30) # 1) ${from}
         AND d.environment_id = $2`,
        `UPDATE data_key d SET wrapped = substring(v.wrapped, 1, 20) ${from} AND d.environment_id = $2`,
      ]
      const read = async (keys: DataKeys, keyId: number) =>
        Promise.all([codeOfProblem(keys.find(thief, keyId)), codeOfProblem(keys.current(thief))])
      for (const attack of attacks) {
        await stage.rows(attack, victim, thief)
        const { lines, log } = errorLog()
        expect(await read(stage.process(masterKeys, { log }), 1)).toEqual([
          'unavailable',
          'unavailable',
        ])
        expect(lines.join(''), attack).toContain('alarm')
        expect(lines.join('')).toContain(thief)
      }
      await stage.rows('DELETE FROM data_key WHERE environment_id = $1', thief)
      await stage.rows(
        `INSERT INTO data_key (environment_id, key_id, wrapped, master_key_id)
       SELECT environment_id, 2, wrapped, master_key_id ${from}`,
        victim,
      )
      const { lines, log } = errorLog()
      const keys = stage.process(masterKeys, { log })
      expect(await codeOfProblem(keys.find(victim, 2))).toBe('unavailable')
      expect(await codeOfProblem(keys.find(thief, 1))).toBe('unavailable')
      expect(lines.filter(line => line.includes('alarm'))).toHaveLength(2)
      expect((await keys.find(victim, 1)).id).toBe(1)
    },
  )
})
