import type { SharedStack } from '@aethex/shared/testing'
import { apiOptions } from '../../../../apps/api/src/testing/another-api.js'
import { type AppProcess, appProcess } from '../app-process.js'

export type ApiProcess = AppProcess

export interface ApiProcessOptions {
  name: string
  port: number
  stack: SharedStack
  /** Where it finds PostgreSQL and the store instead of where the stack has them. */
  databaseUrl: string
  s3Endpoint: string
}

/** An API of the stack in a process of its own. */
export const apiProcess = ({ databaseUrl, s3Endpoint, ...options }: ApiProcessOptions) =>
  appProcess({
    ...options,
    app: 'api',
    env: apiOptions(options.stack, {
      TRUSTED_PROXIES: '127.0.0.1',
      S3_ENDPOINT: s3Endpoint,
      DATABASE_URL: databaseUrl,
    }),
  })
