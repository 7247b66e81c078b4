import { accessTokens, openVault, refreshTokens } from '@aethex/shared/auth'
import { openBlobs } from '@aethex/shared/blobs'
import { startOutboxCourier } from '@aethex/shared/bus'
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
import { openMailOutbox } from '@aethex/shared/mail'
import { openRedis } from '@aethex/shared/redis'
import type { Config, Secrets } from './config.js'
import { analyticsPrefix, forwardToAnalytics } from './gateway/analytics.js'
import type { Parts } from './gateway/context.js'
import { contextFor } from './gateway/credentials.js'
import { docsPages, isDocsPath } from './gateway/docs.js'
import { tidy } from './gateway/housekeeping-store.js'
import { watchRevocations } from './gateway/revocations.js'
import { revokedWithin } from './gateway/revoked-store.js'
import { openKeyRing } from './players/auth/key-ring.js'
import { wingsOf } from './services.js'

// A page that loads a game asks for a hundred things at once; nobody honest asks for thousands a second.
const throttles = {
  requests: { name: 'address', quota: 12_000, windowSeconds: 10 },
  largeBodies: { name: 'heavy-body', quota: 120, windowSeconds: 60 },
}

async function openParts(
  house: House,
  config: Config,
  secrets: Secrets,
  log: Logger,
): Promise<Parts> {
  const db = house.keep(openDatabase(secrets.DATABASE_URL, log))
  const redis = openRedis(secrets.REDIS_URL, log)
  house.onClose(async () => redis.disconnect())
  const blobs = house.keep(
    openBlobs({
      endpoint: config.S3_ENDPOINT,
      region: config.S3_REGION,
      bucket: config.S3_BUCKET,
      accessKeyId: secrets.S3_ACCESS_KEY_ID,
      secretAccessKey: secrets.S3_SECRET_ACCESS_KEY,
    }),
  )
  const vault = openVault(secrets.MASTER_KEY)
  const revocations = house.keep(await watchRevocations(seconds => revokedWithin(db, seconds), log))
  return {
    db,
    redis,
    blobs,
    revocations,
    limits: createLimits(redis),
    tokens: accessTokens(config.PUBLIC_URL, await openKeyRing(db, secrets.MASTER_KEY)),
    refresh: refreshTokens(secrets.MASTER_KEY),
    outbox: house.keep(startOutboxCourier(db, redis, log)),
    vault,
    mail: openMailOutbox(vault),
    publicUrl: config.PUBLIC_URL.replace(/\/$/, ''),
    now: () => new Date(),
  }
}

/** Starts the API: the gateway and the wings that `SERVICES` names, in one process. */
export async function startApi(config: Config, secrets: Secrets, log: Logger): Promise<Running> {
  const house = new House()
  try {
    const parts = await openParts(house, config, secrets, log)
    const wings = wingsOf(config.SERVICES)
    for (const job of wings.flatMap(wing => wing.jobs)) house.keep(job(parts, log))
    const housekeeping = { name: 'housekeeping', everyMs: 3_600_000, work: () => tidy(parts.db) }
    house.keep(startRepeatedJob(secrets.REDIS_URL, housekeeping, log))
    const health = createHealth([
      { name: 'database', required: true, ping: () => parts.db.ping() },
      { name: 'redis', required: false, ping: async () => void (await parts.redis.ping()) },
      { name: 'object_store', required: false, ping: () => parts.blobs.ping() },
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
