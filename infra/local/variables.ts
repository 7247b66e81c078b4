type Variable = {
  about: string
  /** What stands for it when it is not set. */
  fallback?: string
}

/** Every variable that the launcher itself reads; it hands all others on to the apps. */
export const variables = {
  AETHEX_PORT: {
    about: 'the front door; the game site, the relays and the mail page take the ports after it',
    fallback: '8080',
  },
  AETHEX_DATA_DIR: { about: 'where all data lies', fallback: '.aethex' },
  DATABASE_URL: { about: 'a PostgreSQL to use instead of starting one' },
  MIGRATION_DATABASE_URL: {
    about: 'the same database as its owner, who migrates it; without it DATABASE_URL does both',
  },
  REDIS_URL: { about: 'a Redis to use instead of starting one' },
  S3_ENDPOINT: { about: 'an object store to use instead of starting one, with the four below' },
  S3_REGION: { about: 'the region of that object store', fallback: 'us-east-1' },
  S3_BUCKET: { about: 'the bucket in it' },
  S3_ACCESS_KEY_ID: { about: 'the id of the key to it' },
  S3_SECRET_ACCESS_KEY: { about: 'the secret of that key' },
  CLICKHOUSE_URL: { about: 'a ClickHouse to use instead of starting one' },
  SMTP_URL: { about: 'a mail server to use instead of the local catcher' },
  MASTER_KEY: { about: 'made once and kept with the data unless it is given' },
  INTERNAL_SECRET: { about: 'made once and kept with the data unless it is given' },
} as const satisfies Record<string, Variable>

/** The environment as the launcher may read it: a variable that is not in the table does not compile. */
export type LauncherEnv = { [name in keyof typeof variables]?: string | undefined }
