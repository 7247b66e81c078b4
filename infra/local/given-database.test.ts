import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { withScratchFolder } from './scratch-folder.js'
import { withScratchPostgres } from './scratch-postgres.js'
import { startStack } from './stack.js'

afterEach(() => vi.unstubAllEnvs())

/** Where a stack that is given a database finds it, and hands it to its apps. */
const urlsGiven = (env: Record<string, string>) =>
  withScratchFolder(async dataDir => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    const stack = await startStack({ dataDir, only: ['postgres'] })
    await stack.stop()
    vi.unstubAllEnvs()
    return stack.urls
  })

async function userAt(connectionString: string) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client
    .query('SELECT current_user AS name, (SELECT count(*)::int FROM organization) AS organizations')
    .finally(() => client.end())
  return rows[0]
}

test('a given database is migrated as its owner, and the apps get the user that is given for them', () =>
  withScratchPostgres(async adminUrl => {
    const owner = adminUrl.replace(/postgres$/, 'aethex')
    const made = await urlsGiven({ MIGRATION_DATABASE_URL: owner })
    expect(made.database).toBe(owner)
    expect(await userAt(made.appDatabase)).toEqual({ name: 'aethex_api', organizations: 0 })
    const given = await urlsGiven({
      MIGRATION_DATABASE_URL: owner,
      DATABASE_URL: made.appDatabase,
    })
    expect(given).toMatchObject({ database: owner, appDatabase: made.appDatabase })
    expect(await userAt(given.appDatabase)).toMatchObject({ name: 'aethex_api' })
  }))

test('one given URL serves migrations and apps', () =>
  withScratchPostgres(async adminUrl => {
    const url = adminUrl.replace(/postgres$/, 'aethex')
    const urls = await urlsGiven({ DATABASE_URL: url })
    expect(urls).toMatchObject({ database: url, appDatabase: url })
    expect(await userAt(url)).toEqual({ name: 'aethex', organizations: 0 })
  }))

test("our own database's apps are no owners, and their password stays with the data", () =>
  withScratchFolder(async dataDir => {
    const urls = []
    for (let start = 0; start < 2; start++) {
      const stack = await startStack({ dataDir, only: ['postgres'] })
      expect(await userAt(stack.urls.appDatabase)).toMatchObject({ name: 'aethex_api' })
      urls.push(new URL(stack.urls.appDatabase).password)
      await stack.stop()
    }
    expect(urls[0]).toBe(urls[1])
  }))
