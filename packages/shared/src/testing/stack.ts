import type {} from 'vitest'

/** What the tests know of the stack they share. */
export interface SharedStack {
  api_url: string
  game_url: string
  studio: { email: string; password: string }
  /** As its owner, for whom nothing is walled and nothing is append-only. */
  database_url: string
  /** As the apps may use it. */
  app_database_url: string
  redis_url: string
  /** The page and the API of the mail catcher. */
  mail_url: string
  clickhouse_url: string
  /** The analytics app behind the gateway. */
  analytics_url: string
  s3: {
    endpoint: string
    region: string
    bucket: string
    access_key_id: string
    secret_access_key: string
  }
  /** Where the stack keeps its data; `secrets.json` lies in it. */
  data_dir: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    stack: SharedStack
  }
}
