import { common, list, loadConfig, port } from '@aethex/shared/config'
import { masterKeyPlaces, readMasterKeys } from '@aethex/shared/data-keys'
import { readSender } from '@aethex/shared/mail'
import { Overrides, tierNames } from '@aethex/shared/tiers'
import { z } from 'zod'

/** Who wraps data keys. */
const masterKeys = {
  DATA_MASTER_KEY_FILE: z
    .string()
    .optional()
    .describe('a file of master keys for data keys, one a line; read again when it changes'),
  DATA_KMS_KEY_ID: z
    .string()
    .optional()
    .describe(
      'a key of AWS KMS, or what speaks as it does, that wraps data keys: id, ARN or alias',
    ),
  DATA_KMS_ENDPOINT: z
    .url()
    .optional()
    .describe('where that KMS is; that of the region unless it is set'),
  DATA_KMS_REGION: z.string().default('us-east-1').describe('the region of that KMS'),
  DATA_MASTER_PLACE: z
    .enum(masterKeyPlaces)
    .optional()
    .describe('who wraps: kms, file, environment or derived; the first that is set unless said'),
}

const config = z.object({
  ...common,
  PORT: port().default(8080).describe('the front door'),
  SERVICES: list()
    .default(['all'])
    .describe('the wings this process serves: all, or studio,players,progress,social'),
  PUBLIC_URL: z
    .url()
    .default('http://localhost:8080')
    .describe('where the world reaches us; also the token issuer'),
  ALLOWED_ORIGINS: list()
    .default(['http://localhost:*', 'http://127.0.0.1:*'])
    .describe('web origins that may call, exact or with any port'),
  TRUSTED_PROXIES: list()
    .default([])
    .describe('addresses or ranges whose X-Forwarded-For is believed'),
  OUTGOING_ALLOW_PRIVATE: list()
    .default([])
    .describe(
      'host:port (or host:*) of private services that studios may name: their own issuers, webhooks',
    ),
  OAUTH_ENDPOINTS: list()
    .default([])
    .describe('stand-ins for the sign-in providers in tests: github=http://127.0.0.1:9000'),
  STRIPE_API_URL: z
    .url()
    .default('https://api.stripe.com')
    .describe('where Stripe, or what speaks as it does, is asked'),
  STRIPE_PRICE_PRO: z.string().optional().describe('what Stripe calls the price of the pro tier'),
  BILLING_RETURN_URL: z
    .url()
    .optional()
    .describe('where a buyer comes back to from a page of Stripe; the public URL unless it is set'),
  ANALYTICS_URL: z
    .url()
    .default('http://127.0.0.1:8090')
    .describe('the analytics app behind the gateway'),
  ARGON2_MEMORY_KIB: z.coerce
    .number()
    .int()
    .min(19_456)
    .max(1_048_576)
    .optional()
    .describe(
      'memory of one password hash in KiB; with the next one instead of measuring at the start',
    ),
  ARGON2_PASSES: z.coerce
    .number()
    .int()
    .min(2)
    .max(20)
    .optional()
    .describe('how often a password hash fills that memory'),
  MAIL_FROM: z
    .string()
    .default('AeThex Cloud <no-reply@localhost>')
    .refine(from => readSender(from) !== undefined, 'is not an address, or a name and <address>')
    .describe('who letters are from: an address, or a name and <address>'),
  STUN_URLS: list()
    .default([])
    .refine(urls => urls.every(url => /^stuns?:[^\s?]+$/.test(url)), 'are not stun: URLs')
    .describe('STUN servers that players are told of: stun:stun.example.com:3478'),
  TURN_URLS: list()
    .default([])
    .refine(urls => urls.every(url => /^turns?:\S+$/.test(url)), 'are not turn: URLs')
    .describe('TURN servers with our secret: turn:turn.example.com:3478?transport=udp'),
  S3_ENDPOINT: z.url().describe('the object store'),
  S3_PUBLIC_ENDPOINT: z
    .url()
    .optional()
    .describe(
      'where players reach the object store to upload by themselves; unless it is set they do not',
    ),
  S3_REGION: z.string().default('us-east-1').describe('the region of the object store'),
  S3_BUCKET: z.string().default('aethex').describe('the bucket in it that holds the saves'),
  ...masterKeys,
})

const secrets = z.object({
  DATABASE_URL: z.url().describe('PostgreSQL'),
  REDIS_URL: z.url().describe('Redis'),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe('the mail server, smtp:// or smtps://; without it letters wait in the outbox'),
  S3_ACCESS_KEY_ID: z.string().min(1).describe('the id of the key to the object store'),
  S3_SECRET_ACCESS_KEY: z.string().min(1).describe('the secret of that key'),
  MASTER_KEY: z
    .string()
    .transform(text => Buffer.from(text, 'base64'))
    .refine(bytes => bytes.length === 32, 'is not 32 bytes in base64')
    .describe('32 bytes in base64; seals what is stored sealed'),
  DATA_MASTER_KEYS: z
    .string()
    .transform((text, context) => {
      try {
        return readMasterKeys(text)
      } catch (error) {
        context.addIssue(error instanceof Error ? error.message : 'are not keys')
        return z.NEVER
      }
    })
    .optional()
    .describe('keys of 32 bytes in base64, parted by commas, for data keys: the first wraps'),
  STRIPE_SECRET_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('the key to Stripe; without it what is owed is only written down'),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .min(1)
    .optional()
    .describe('signs the events that Stripe sends'),
  TURN_SECRET: z
    .string()
    .min(16)
    .optional()
    .describe('the static-auth-secret of those TURN servers'),
  INTERNAL_SECRET: z.string().min(32).describe('signs what the gateway tells the apps behind it'),
})

export const schemas = { config, secrets }
export type Config = z.output<typeof config>
export type Secrets = z.output<typeof secrets>

export const readConfig = () => loadConfig('api', schemas)

const moment = () =>
  z
    .string()
    .refine(text => !Number.isNaN(Date.parse(text)), 'is not a moment such as 2026-12-01T00:00:00Z')
    .transform(text => new Date(text))

const rotation = {
  config: z.object({
    LOG_LEVEL: common.LOG_LEVEL,
    ...masterKeys,
    ONLY: z
      .enum(['data-keys', 'signing-keys'])
      .optional()
      .describe('data-keys or signing-keys; both unless it is set'),
    AT_ONCE: z
      .stringbool()
      .default(false)
      .describe('for a signing key that has leaked: the old ones verify nothing any more'),
    NEW_DATA_KEYS: z
      .stringbool()
      .default(false)
      .describe('also makes new data keys: the old ones go on opening what they sealed'),
    OLDER_THAN: moment()
      .optional()
      .describe('only where the newest is older; a run that was cut short has logged the moment'),
  }),
  secrets: secrets.pick({ DATABASE_URL: true, MASTER_KEY: true, DATA_MASTER_KEYS: true }),
}

export type RotationConfig = z.output<typeof rotation.config>
export type RotationSecrets = z.output<typeof rotation.secrets>

/** What the tool that rotates keys needs to know. */
export const readRotationConfig = () => loadConfig('rotate-keys', rotation)

const contract = {
  config: z.object({
    LOG_LEVEL: common.LOG_LEVEL,
    ORGANIZATION: z.uuid().describe('the id of the organisation'),
    TIER: z.enum(tierNames).default('enterprise').describe('its tier from now on'),
    OVERRIDES: z
      .string()
      .default('{}')
      .transform((text, context): Overrides => {
        try {
          return Overrides.parse(JSON.parse(text))
        } catch (error) {
          context.addIssue(error instanceof Error ? error.message : 'is not JSON')
          return z.NEVER
        }
      })
      .describe('what holds beside the tier: {"limits":{…},"features":{…}}'),
    PRICE_MINOR: z.coerce
      .number()
      .int()
      .min(0)
      .optional()
      .describe('what a month costs, in cents, instead of the price of the tier'),
    VALID_FROM: moment().optional().describe('since when it holds; now unless it is set'),
    VALID_UNTIL: moment().optional().describe('until when it holds; for good unless it is set'),
    WRITTEN_BY: z.string().min(1).max(100).describe('who writes it, for the audit log'),
    REASON: z.string().min(1).max(1_000).describe('why, such as the number of the paper'),
  }),
  secrets: secrets.pick({ DATABASE_URL: true }),
}

/** What the tool that writes contracts needs to know. */
export const readContractConfig = () => loadConfig('write-contract', contract)
