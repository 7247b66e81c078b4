import { httpUrl } from './addresses.js'
import { ensureAppUser } from './app-user.js'
import { deployMigrations } from './migrate.js'
import { ensureDatabase, preparePostgres } from './postgres.js'
import * as programs from './programs.js'
import type { Progress } from './progress.js'
import { prepareRedis } from './redis.js'
import { type Demo, seedDemo } from './seed.js'
import type { Supervisor } from './supervisor.js'

export type PartName =
  | 'postgres'
  | 'redis'
  | 's3'
  | 'clickhouse'
  | 'mail'
  | 'analytics'
  | 'relay'
  | 'api'
  | 'site'

export type StackUrls = programs.PartUrls & {
  api: string
  docs: string
  game: string
  /** null when an SMTP server of somebody else is used. */
  mail: string | null
  analytics: string
  relays: string[]
  /** The administration database of our PostgreSQL; null when DATABASE_URL is somebody else's. */
  databaseAdmin: string | null
}

export type Plan = { wants: (part: PartName) => boolean; seed: boolean }

const clickhouseUser = 'aethex'
const clickhouseDatabase = 'aethex'
const theirs = (name: string) => () => `from ${name}`

type Site = programs.House & { supervisor: Supervisor; progress: Progress; plan: Plan }

async function startDatabase(site: Site): Promise<{ url: string; admin: string | null }> {
  const { settings, addresses, supervisor, progress } = site
  const given = settings.migrationDatabaseUrl
  if (given)
    return progress('PostgreSQL', async () => ({ url: given, admin: null }), theirs('DATABASE_URL'))
  return progress('PostgreSQL', async () => {
    const postgres = await preparePostgres({
      dataDir: settings.dataDir,
      port: addresses.internal.postgres,
      logFile: programs.logFile(settings, 'postgres'),
    })
    await supervisor.run('postgres', postgres.spec)
    await ensureDatabase(postgres.adminUrl)
    return { url: postgres.url, admin: postgres.adminUrl }
  })
}

async function startRedis(site: Site): Promise<string> {
  const { settings, addresses, secrets, supervisor, progress } = site
  const given = settings.redisUrl
  if (given) return progress('Redis', async () => given, theirs('REDIS_URL'))
  return progress('Redis', async () => {
    const redis = await prepareRedis({
      dataDir: settings.dataDir,
      port: addresses.internal.redis,
      password: secrets.redis_password,
      logFile: programs.logFile(settings, 'redis'),
    })
    await supervisor.run('redis', redis.spec)
    return redis.url
  })
}

async function startS3(site: Site): Promise<programs.PartUrls['s3']> {
  const { settings, addresses, secrets, supervisor, progress } = site
  const given = settings.s3
  if (given) return progress('S3 store', async () => given, theirs('S3_ENDPOINT'))
  const ours = {
    endpoint: httpUrl(addresses.internal.s3),
    region: 'us-east-1',
    bucket: 'aethex',
    access_key_id: secrets.s3_access_key_id,
    secret_access_key: secrets.s3_secret_access_key,
  }
  await progress('S3 store', async () => supervisor.run('s3', programs.s3Program(site, ours)))
  return ours
}

async function startClickhouse(site: Site): Promise<string> {
  const { settings, addresses, secrets, supervisor, progress } = site
  const given = settings.clickhouseUrl
  if (given) return progress('ClickHouse', async () => given, theirs('CLICKHOUSE_URL'))
  await progress('ClickHouse', async () =>
    supervisor.run(
      'clickhouse',
      programs.clickhouseProgram(site, clickhouseUser, clickhouseDatabase),
    ),
  )
  const login = `${clickhouseUser}:${secrets.clickhouse_password}`
  return `http://${login}@127.0.0.1:${addresses.internal.clickhouse}/${clickhouseDatabase}`
}

async function startMail(site: Site): Promise<{ smtp: string; page: string | null }> {
  const { settings, addresses, supervisor, progress } = site
  const given = settings.smtpUrl
  if (given)
    return progress('Mail catcher', async () => ({ smtp: given, page: null }), theirs('SMTP_URL'))
  await progress('Mail catcher', async () => supervisor.run('mail', programs.mailProgram(site)))
  return { smtp: `smtp://127.0.0.1:${addresses.internal.smtp}`, page: httpUrl(addresses.mail) }
}

/** Migrates as the owner, and answers the URL that the apps get. */
async function migrate(site: Site, url: string): Promise<string> {
  await site.progress(
    'Migrations',
    () => deployMigrations(url),
    names => (names.length === 0 ? undefined : `${names.length} applied`),
  )
  return site.settings.databaseUrl ?? ensureAppUser(url, site.secrets.database_password)
}

const noS3 = { endpoint: '', region: '', bucket: '', access_key_id: '', secret_access_key: '' }

/** Starts what the plan wants, side by side where nothing has to wait, and hands back where it all answers. */
export async function bringUp(
  house: programs.House,
  supervisor: Supervisor,
  progress: Progress,
  plan: Plan,
): Promise<{ urls: StackUrls; demo: Demo | undefined }> {
  const site: Site = { ...house, supervisor, progress, plan }
  const { addresses } = house
  const wanted = <T, N>(part: PartName, work: () => Promise<T>, otherwise: N): Promise<T | N> =>
    plan.wants(part) ? work() : Promise.resolve(otherwise)

  const database = wanted('postgres', () => startDatabase(site), { url: '', admin: null })
  const migrated = database.then(({ url }) => (url === '' ? '' : migrate(site, url)))
  const redis = wanted('redis', () => startRedis(site), '')
  const s3 = wanted('s3', () => startS3(site), noS3)
  const clickhouse = wanted('clickhouse', () => startClickhouse(site), '')
  const mail = wanted('mail', () => startMail(site), { smtp: '', page: null })

  const run = (name: string, label: string, make: () => ReturnType<typeof programs.apiProgram>) =>
    progress(label, async () => supervisor.run(name, make()))
  const urlsOf = async (): Promise<programs.PartUrls> => ({
    database: (await database).url,
    appDatabase: await migrated,
    redis: await redis,
    s3: await s3,
    clickhouse: await clickhouse,
    smtp: (await mail).smtp,
  })
  const analytics = clickhouse.then(url =>
    wanted(
      'analytics',
      () => run('analytics', 'Analytics', () => programs.analyticsProgram(site, url)),
      undefined,
    ),
  )
  const relays = redis.then(url =>
    Promise.all(
      addresses.relays.map((_, index) =>
        wanted(
          'relay',
          () =>
            run(`relay-${index + 1}`, `Relay ${index + 1}`, () =>
              programs.relayProgram(site, url, index),
            ),
          undefined,
        ),
      ),
    ),
  )
  const api = urlsOf().then(urls =>
    wanted('api', () => run('api', 'API', () => programs.apiProgram(site, urls)), undefined),
  )
  const pending = [database, migrated, redis, s3, clickhouse, mail, analytics, relays, api]
  try {
    await Promise.all(pending)
    const demo =
      plan.seed && plan.wants('api')
        ? await progress('Demo project', () =>
            seedDemo(httpUrl(addresses.api), house.settings.dataDir),
          )
        : undefined
    await wanted(
      'site',
      () => run('site', 'Game', () => programs.siteProgram(site, demo?.publishable_key ?? '')),
      undefined,
    )
    return { urls: await allUrls(), demo }
  } catch (error) {
    await supervisor.stopAll()
    await Promise.allSettled(pending)
    throw error
  }

  async function allUrls(): Promise<StackUrls> {
    return {
      ...(await urlsOf()),
      api: httpUrl(addresses.api),
      docs: `${httpUrl(addresses.api)}/docs`,
      game: httpUrl(addresses.game),
      mail: (await mail).page,
      analytics: httpUrl(addresses.internal.analytics),
      relays: addresses.relays.map(port => `ws://127.0.0.1:${port}`),
      databaseAdmin: (await database).admin,
    }
  }
}
