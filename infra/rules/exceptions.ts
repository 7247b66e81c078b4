import type { Place } from './rule.js'
import type { Tree } from './tree.js'

/** path -> why the rule cannot hold there. A path that ends in `/` stands for all that is below it. */
export type Exceptions = Readonly<Record<string, string>>

/** Beside the config.ts files, these read the environment. */
export const environmentReaders: Exceptions = {
  'infra/local/settings.ts': 'the config of the launcher',
  'infra/bootstrap.mjs': 'runs before anything is installed, under npm',
  'infra/prepare/': 'runs before anything is installed, under npm',
  'prisma.config.ts': "the config of Prisma's own program",
  'infra/local/clickhouse/main.ts': 'takes its password where other users cannot list it',
  'infra/local/s3/main.ts': 'takes its secret where other users cannot list it',
  'infra/e2e/chromium.ts': 'looks for a program on the PATH',
  'apps/analytics/src/ingest/kill.test.ts': 'takes the seed of the run that is to be repeated',
}

/** Beside the store files, these touch PostgreSQL, Redis, S3 or ClickHouse. */
export const dataKeepers: Exceptions = {
  'apps/api/src/app.ts': 'opens the parts, pings and closes them',
  'apps/api/src/progress/leaderboards/rank-index.ts': 'the store of ranks in Redis',
  'apps/api/src/progress/saves/bytes.ts': 'the store of saves in S3',
  'apps/relay/src/app.ts': 'opens Redis, pings and closes it',
  'apps/relay/src/rooms/match-records.ts': 'the store of matches in Redis',
  'apps/analytics/src/clickhouse/': 'the store of events in ClickHouse',
}

const covers = (path: string, file: string) =>
  path.endsWith('/') ? file.startsWith(path) : file === path

/** The places that no exception covers, and the exceptions that cover nothing although their files are there. */
export function except(tree: Tree, places: readonly Place[], exceptions: Exceptions): Place[] {
  const paths = Object.keys(exceptions)
  const kept = places.filter(({ file }) => !paths.some(path => covers(path, file)))
  const needless = paths.flatMap(path => {
    const file = tree.files.find(candidate => covers(path, candidate))
    if (file === undefined || places.some(place => covers(path, place.file))) return []
    return [{ file, line: 1, found: 'needs no exception any more: take it out of exceptions.ts' }]
  })
  return [...kept, ...needless]
}
