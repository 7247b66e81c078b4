import { common, list, loadConfig, port } from '@aethex/shared/config'
import { z } from 'zod'

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
  TRUSTED_PROXIES: list().default([]).describe('addresses whose X-Forwarded-For is believed'),
  ANALYTICS_URL: z
    .url()
    .default('http://127.0.0.1:8090')
    .describe('the analytics app behind the gateway'),
  S3_ENDPOINT: z.url().describe('the object store'),
  S3_REGION: z.string().default('us-east-1').describe('the region of the object store'),
  S3_BUCKET: z.string().default('aethex').describe('the bucket in it that holds the saves'),
})

const secrets = z.object({
  DATABASE_URL: z.url().describe('PostgreSQL'),
  REDIS_URL: z.url().describe('Redis'),
  S3_ACCESS_KEY_ID: z.string().min(1).describe('the id of the key to the object store'),
  S3_SECRET_ACCESS_KEY: z.string().min(1).describe('the secret of that key'),
  MASTER_KEY: z
    .string()
    .transform(text => Buffer.from(text, 'base64'))
    .refine(bytes => bytes.length === 32, 'is not 32 bytes in base64')
    .describe('32 bytes in base64; seals what is stored sealed'),
  INTERNAL_SECRET: z.string().min(32).describe('signs what the gateway tells the apps behind it'),
})

export const schemas = { config, secrets }
export type Config = z.output<typeof config>
export type Secrets = z.output<typeof secrets>

export const readConfig = () => loadConfig('api', schemas)
