import {
  accessTokens,
  leastPasswordCost,
  measurePasswordCost,
  openVault,
  type PasswordCost,
  refreshTokens,
  setPasswordCost,
} from '@aethex/shared/auth'
import { openBlobs } from '@aethex/shared/blobs'
import { startOutboxCourier } from '@aethex/shared/bus'
import { ConfigError } from '@aethex/shared/config'
import {
  openDataKeys,
  openMasterKeys,
  type Rewrapped,
  renewDataKeys,
  rewrapDataKeys,
} from '@aethex/shared/data-keys'
import { openDatabase } from '@aethex/shared/db'
import {
  answerProblem,
  createHealth,
  createMetrics,
  createPipeline,
  listen,
  originRule,
} from '@aethex/shared/http'
import { startRepeatedJob } from '@aethex/shared/jobs'
import { House, type Running } from '@aethex/shared/lifecycle'
import { createLimits } from '@aethex/shared/limits'
import type { Logger } from '@aethex/shared/log'
import { openMailer, openMailOutbox } from '@aethex/shared/mail'
import { openGuardedFetch } from '@aethex/shared/outgoing'
import { openRedis } from '@aethex/shared/redis'
import type { Config, RotationConfig, RotationSecrets, Secrets } from './config.js'
import { analyticsPrefix, forwardToAnalytics } from './gateway/analytics.js'
import { analyticsClient } from './gateway/analytics-client.js'
import type { Parts } from './gateway/context.js'
import { contextFor } from './gateway/credentials.js'
import { docsPages, isDocsPath } from './gateway/docs.js'
import { tidy } from './gateway/housekeeping-store.js'
import { watchRevocations } from './gateway/revocations.js'
import { revokedWithin } from './gateway/revoked-store.js'
import { openKeyRing, rotateByDatabaseTime } from './players/auth/key-ring.js'
import { openFormatSandbox } from './progress/save-formats/service.js'
import { wingsOf } from './services.js'
import { openIce } from './social/ice/service.js'
import {
  type ContractTerms,
  openPayments,
  openUsage,
  writeContract,
} from './studio/billing/service.js'

// A page that loads a game asks for a hundred things at once; nobody honest asks for thousands a second.
const throttles = {
  requests: { name: 'address', quota: 12_000, windowSeconds: 10 },
  largeBodies: { name: 'heavy-body', quota: 120, windowSeconds: 60 },
}

/** What tests put in the place of the real thing. */
export interface StandIns {
  /** The clock of everything that expires. */
  now?: () => Date
  /** How often the signing keys are read; every half minute unless said. */
  reloadKeysEveryMs?: number
}

/** `name=value` entries of an option. */
const pairsOf = (entries: readonly string[]) =>
  new Map(
    entries.map(entry => {
      const [name = '', ...value] = entry.split('=')
      return [name, value.join('=')] as const
    }),
  )

async function openParts(
  house: House,
  config: Config,
  secrets: Secrets,
  log: Logger,
  { now = () => new Date(), reloadKeysEveryMs }: StandIns,
): Promise<Parts> {
  const db = house.keep(openDatabase(secrets.DATABASE_URL, log))
  const redis = openRedis(secrets.REDIS_URL, log)
  house.onClose(async () => redis.disconnect())
  const blobs = house.keep(
    openBlobs({
      endpoint: config.S3_ENDPOINT,
      publicEndpoint: config.S3_PUBLIC_ENDPOINT,
      region: config.S3_REGION,
      bucket: config.S3_BUCKET,
      accessKeyId: secrets.S3_ACCESS_KEY_ID,
      secretAccessKey: secrets.S3_SECRET_ACCESS_KEY,
    }),
  )
  const vault = openVault(secrets.MASTER_KEY)
  const masterKeys = house.keep(await openMasterKeys(masterKeySettingsOf(config, secrets), log))
  const keys = house.keep(await openKeyRing({ db, vault, now }, log, reloadKeysEveryMs))
  const outgoing = house.keep(openGuardedFetch({ allowPrivate: config.OUTGOING_ALLOW_PRIVATE }))
  const revocations = house.keep(await watchRevocations(seconds => revokedWithin(db, seconds), log))
  const mail = openMailOutbox(vault)
  const publicUrl = config.PUBLIC_URL.replace(/\/$/, '')
  return {
    db,
    redis,
    blobs,
    revocations,
    limits: createLimits(redis),
    tokens: accessTokens(config.PUBLIC_URL, keys, now),
    refresh: refreshTokens(secrets.MASTER_KEY),
    outbox: house.keep(startOutboxCourier(db, redis, log)),
    vault,
    dataKeys: openDataKeys({ db, masterKeys, log }),
    mail,
    mailer:
      secrets.SMTP_URL === undefined
        ? undefined
        : house.keep(openMailer(secrets.SMTP_URL, config.MAIL_FROM)),
    repeat: job => startRepeatedJob(secrets.REDIS_URL, job, log),
    guardedFetch: outgoing.guardedFetch,
    mayCall: outgoing.mayCall,
    providerStandIns: pairsOf(config.OAUTH_ENDPOINTS),
    askAnalytics: analyticsClient(config.ANALYTICS_URL, secrets.INTERNAL_SECRET),
    publicUrl,
    formatSandbox: house.keep(
      openFormatSandbox(new URL('../dist/save-format-worker.js', import.meta.url)),
    ),
    usage: house.keep(openUsage({ db, mail, now, publicUrl }, log)),
    payments: openPayments(stripeSettingsOf(config, secrets)),
    ice: openIce(config.STUN_URLS, turnServersOf(config, secrets)),
    now,
  }
}

function masterKeySettingsOf(
  config: Pick<Config, keyof RotationConfig & keyof Config>,
  { MASTER_KEY: masterKey, DATA_MASTER_KEYS: listed }: Omit<RotationSecrets, 'DATABASE_URL'>,
) {
  const { DATA_KMS_KEY_ID: keyId, DATA_KMS_REGION: region, DATA_KMS_ENDPOINT: endpoint } = config
  const { DATA_MASTER_KEY_FILE: file, DATA_MASTER_PLACE: place } = config
  const kms = keyId === undefined ? undefined : { keyId, region, endpoint }
  return { masterKey, listed, file, kms, place }
}

/** Undefined when the organisations' money is only written down. */
function stripeSettingsOf(config: Config, secrets: Secrets) {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret } = secrets
  const { STRIPE_PRICE_PRO: proPrice, STRIPE_API_URL: apiUrl, BILLING_RETURN_URL } = config
  if (secretKey === undefined) return undefined
  if (webhookSecret === undefined || proPrice === undefined) {
    throw new ConfigError('STRIPE_SECRET_KEY also needs STRIPE_WEBHOOK_SECRET and STRIPE_PRICE_PRO')
  }
  const returnUrl = BILLING_RETURN_URL ?? config.PUBLIC_URL
  return { apiUrl, secretKey, webhookSecret, proPrice, returnUrl }
}

/** Undefined without TURN: then players who cannot reach each other go by the relay. */
function turnServersOf({ TURN_URLS: urls }: Config, { TURN_SECRET: secret }: Secrets) {
  if (urls.length === 0) return undefined
  if (secret === undefined) throw new ConfigError('TURN_URLS also needs TURN_SECRET')
  return { urls, secret }
}

/** What one password hash costs: as configured, else as measured on this machine. */
async function passwordCostOf(config: Config): Promise<PasswordCost> {
  const { ARGON2_MEMORY_KIB: memoryKib, ARGON2_PASSES: passes } = config
  if (memoryKib === undefined && passes === undefined) return measurePasswordCost()
  return {
    memoryKib: memoryKib ?? leastPasswordCost.memoryKib,
    passes: passes ?? leastPasswordCost.passes,
  }
}

/** Starts the API: the gateway and the wings that `SERVICES` names, in one process. */
export async function startApi(
  config: Config,
  secrets: Secrets,
  log: Logger,
  standIns: StandIns = {},
): Promise<Running> {
  const house = new House()
  try {
    const parts = await openParts(house, config, secrets, log, standIns)
    const cost = await passwordCostOf(config)
    log.info({ cost }, 'password hashes')
    setPasswordCost(cost)
    const wings = wingsOf(config.SERVICES)
    for (const job of wings.flatMap(wing => wing.jobs)) house.keep(job(parts, log))
    const housekeeping = { name: 'housekeeping', everyMs: 3_600_000, work: () => tidy(parts.db) }
    house.keep(startRepeatedJob(secrets.REDIS_URL, housekeeping, log))
    const { mailer } = parts
    const health = createHealth([
      { name: 'database', required: true, ping: () => parts.db.ping() },
      { name: 'redis', required: false, ping: async () => void (await parts.redis.ping()) },
      { name: 'object_store', required: false, ping: () => parts.blobs.ping() },
      ...(mailer === undefined
        ? []
        : [{ name: 'mail', required: false, ping: () => mailer.ping() }]),
    ])
    const docs = docsPages(new URL('../openapi.json', import.meta.url), (error, response) =>
      answerProblem(response, error, String(response.getHeader('x-request-id')), log),
    )
    const forward = forwardToAnalytics(parts, config.ANALYTICS_URL, secrets.INTERNAL_SECRET)
    const handle = createPipeline({
      routes: wings.flatMap(wing => wing.routes),
      contextFor: contextFor(parts),
      fallback: async (facts, response) => {
        const url = facts.request.url ?? ''
        if (url.startsWith(analyticsPrefix)) await forward(facts, response)
        else if (isDocsPath(url)) docs(facts.request, response)
        else return false
        return true
      },
      isAllowedOrigin: originRule(config.ALLOWED_ORIGINS),
      limits: parts.limits,
      throttles,
      trustedProxies: config.TRUSTED_PROXIES,
      isHttps: config.PUBLIC_URL.startsWith('https:'),
      health,
      metrics: createMetrics('api'),
      log,
    })
    const server = house.keep(
      await listen({ host: config.HOST, port: config.PORT, health }, handle),
    )
    return { url: server.url, close: () => house.close() }
  } catch (error) {
    await house.close()
    throw error
  }
}

/** Makes the next signing key; undefined when one is on its way already. The processes of the API follow by themselves. */
export async function rotateKeysOnce(
  { DATABASE_URL, MASTER_KEY }: Pick<Secrets, 'DATABASE_URL' | 'MASTER_KEY'>,
  { atOnce }: { atOnce: boolean },
  log: Logger,
): Promise<string | undefined> {
  const db = openDatabase(DATABASE_URL, log, 1)
  try {
    return await rotateByDatabaseTime({ db, vault: openVault(MASTER_KEY) }, { atOnce })
  } finally {
    await db.close()
  }
}

/**
 * Wraps all data keys under the current master key and, where `NEW_DATA_KEYS` is set, makes new ones. The processes of
 * the API read and write on meanwhile.
 */
export async function rotateDataKeysOnce(
  config: RotationConfig,
  secrets: RotationSecrets,
  log: Logger,
): Promise<Rewrapped & { renewed: number }> {
  const house = new House()
  try {
    const db = house.keep(openDatabase(secrets.DATABASE_URL, log, 2))
    const masterKeys = house.keep(await openMasterKeys(masterKeySettingsOf(config, secrets), log))
    const parts = { db, masterKeys, log }
    const rewrapped = await rewrapDataKeys(parts)
    const renewed = config.NEW_DATA_KEYS ? await renewDataKeys(parts, config.OLDER_THAN) : 0
    return { ...rewrapped, renewed }
  } finally {
    await house.close()
  }
}

/** Writes a contract with an organisation. Throws `not_found` for one that does not exist. */
export async function writeContractOnce(
  { DATABASE_URL }: Pick<Secrets, 'DATABASE_URL'>,
  organizationId: string,
  terms: ContractTerms,
  log: Logger,
): Promise<{ id: string }> {
  const db = openDatabase(DATABASE_URL, log, 2)
  try {
    return await writeContract({ db, now: () => new Date() }, organizationId, terms)
  } finally {
    await db.close()
  }
}
