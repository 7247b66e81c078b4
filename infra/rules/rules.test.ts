import { expect, test } from 'vitest'
import { sectionOf } from './env-example.js'
import { ruleNames } from './house-rules.js'
import { type Files, programs, violationsWith } from './planted-tree.js'
import { tell } from './rule.js'

// A planted text that the rules would find here too is put together.
const joined = (...parts: string[]) => parts.join('')

const feature = 'apps/api/src/progress/saves'
const scores = 'apps/api/src/progress/scores/service.ts'
const shared = 'packages/shared/src/limits/index.ts'

/** rule, what is planted, the planted files; the first of them is where the rule must point, at the line. */
const plants: readonly [rule: string, what: string, files: Files, line?: number][] = [
  [
    'no-names-that-say-nothing',
    'a file called utils',
    { 'apps/relay/src/utils.ts': 'export {}\n' },
  ],
  [
    'no-names-that-say-nothing',
    'a folder called common',
    { 'apps/relay/src/common/door.ts': 'export {}\n' },
  ],
  [
    'kebab-case-file-names',
    'a file in camel case',
    { 'apps/relay/src/openDoor.ts': 'export {}\n' },
  ],
  [
    'no-file-above-400-lines',
    'a file of 401 lines',
    { 'apps/relay/src/long.ts': 'export {}\n'.repeat(401) },
    401,
  ],
  [
    'no-unfinished-work',
    'a note to oneself',
    { 'apps/relay/src/door.ts': joined('export {}\n// TO', 'DO: close it\n') },
    2,
  ],
  [
    'no-machine-paths-or-registry-hosts',
    "a path of somebody's machine",
    { 'apps/relay/src/door.ts': joined("export const home = '/ro", "ot/data'\n") },
  ],
  [
    'no-machine-paths-or-registry-hosts',
    'a lock file that names its registry',
    {
      'package-lock.json': joined('{\n  "resolved"', ': "https://host.example/a.tgz",\n').repeat(2),
    },
    2,
  ],
  [
    'every-column-has-a-data-class',
    'a column that does not say what it holds',
    {
      'prisma/players.prisma':
        'model player {\n  id   String @id @db.Uuid /// key\n  name String\n}\n',
    },
    3,
  ],
  [
    'every-column-has-a-data-class',
    'a class that does not exist',
    { 'prisma/players.prisma': 'model player {\n  id String @id @db.Uuid /// stuff\n}\n' },
    2,
  ],
  [
    'every-table-of-players-is-covered',
    'a table of players that nobody erases',
    {
      'prisma/players.prisma':
        'model trophy {\n  id        String @id @db.Uuid /// key\n  player_id String @db.Uuid /// key\n}\n',
    },
    3,
  ],
  [
    'every-table-of-players-is-covered',
    'a table that refers to a player by another name',
    {
      'prisma/players.prisma':
        'model trophy {\n  id        String @id @db.Uuid /// key\n  winner_id String @db.Uuid /// key\n  winner    player @relation(fields: [environment_id, winner_id], references: [environment_id, id])\n}\nmodel player {\n  id String @id @db.Uuid /// key\n}\n',
    },
    3,
  ],
  [
    'every-player-data-is-listed',
    'a player-data.ts that nobody asks',
    { [`${feature}/player-data.ts`]: 'export const playerData = { tables: [] }\n' },
  ],
  [
    'no-types-given-up',
    'an any',
    { 'apps/relay/src/door.ts': 'export const door = (key: any) => key\n' },
  ],
  [
    'no-types-given-up',
    'a cast over unknown',
    { 'apps/relay/src/door.ts': 'export const door = 1 as unknown as string\n' },
  ],
  [
    'no-types-given-up',
    'a silenced compiler',
    { 'apps/relay/src/door.ts': joined('// @ts-', "ignore\nexport const door: string = '1'\n") },
  ],
  [
    'only-config-reads-the-environment',
    'a variable read on the way',
    { 'apps/relay/src/door.ts': 'export const door = process.env.DOOR\n' },
  ],
  [
    'only-config-reads-the-environment',
    'env imported by name',
    { 'apps/relay/src/door.ts': "import { env } from 'node:process'\nexport const door = env\n" },
  ],
  [
    'only-config-reads-the-environment',
    'env taken out of process',
    { 'apps/relay/src/door.ts': 'export const { env } = process\n' },
  ],
  [
    'only-config-reads-the-environment',
    'an exception that nothing needs any more',
    { 'infra/local/settings.ts': 'export {}\n' },
  ],
  [
    'no-skipped-tests',
    'a test that is skipped',
    { 'apps/relay/src/door.test.ts': "test.skip('opens', () => expect(1).toBe(1))\n" },
  ],
  [
    'no-skipped-tests',
    'a test that runs alone',
    { 'apps/relay/src/door.test.ts': "test('opens', { only: true }, () => expect(1).toBe(1))\n" },
  ],
  [
    'every-test-file-has-an-assertion',
    'a test that expects nothing',
    { 'apps/relay/src/door.test.ts': "test('opens', () => {})\n" },
  ],
  [
    'only-a-store-touches-data',
    'a statement in a service',
    {
      [scores]: "import { statement } from '@aethex/shared/db'\nexport const s = statement('')\n",
    },
  ],
  [
    'only-a-store-touches-data',
    'the Prisma client in a service',
    { [scores]: 'export const s = (db: { prisma: { score: number } }) => db.prisma.score\n' },
  ],
  [
    'only-a-store-touches-data',
    'a Redis command in a service',
    { [scores]: "export const s = (redis: Map<string, string>) => redis.get('s')\n" },
  ],
  [
    'env-example-matches-the-config',
    'a variable that no schema has',
    { '.env.example': 'NOBODY_READS_ME=1\n' },
  ],
  [
    'every-import-resolves',
    'an import of nothing',
    { 'apps/relay/src/door.ts': "\nimport './nothing.js'\n" },
    2,
  ],
  [
    'no-circles',
    'two files that import each other',
    {
      'apps/relay/src/in.ts': "import { b } from './out.js'\nexport const a = () => b\n",
      'apps/relay/src/out.ts': "import { a } from './in.js'\nexport const b = () => a\n",
    },
  ],
  [
    'no-circles',
    'a circle of types',
    {
      'apps/relay/src/in.ts': "import type { B } from './out.js'\nexport type A = B[]\n",
      'apps/relay/src/out.ts': "import type { A } from './in.js'\nexport type B = A[]\n",
    },
  ],
  [
    'apps-do-not-import-apps',
    'the API importing the relay',
    { [scores]: "\nimport { startRelay } from '../../../../relay/src/app.js'\nstartRelay\n" },
    2,
  ],
  [
    'shared-knows-no-app',
    'a shared room importing an app',
    { [shared]: "export { startRelay } from '../../../../apps/relay/src/app.js'\n" },
  ],
  [
    'imports-run-one-way',
    'an app importing infra',
    {
      [scores]: "export { room } from '../../../../../infra/room.js'\n",
      'infra/room.ts': 'export const room = 1\n',
    },
  ],
  [
    'imports-run-one-way',
    'infra importing a benchmark',
    { 'infra/room.ts': "import '../bench/fan-out.js'\n" },
  ],
  [
    'the-sdk-imports-nothing-of-ours',
    'the SDK importing a shared type by its package',
    { 'packages/sdk/src/data.ts': "export type { Db } from '@aethex/shared/db'\n" },
  ],
  [
    'the-sdk-imports-nothing-of-ours',
    'the SDK importing what a browser lacks',
    { 'packages/sdk/src/data.ts': "export { readFile } from 'node:fs/promises'\n" },
  ],
  [
    'only-tests-embed-the-sdk',
    'a service that calls over the SDK',
    { [scores]: "export { join } from '@aethex/sdk'\n" },
  ],
  [
    'only-tests-embed-the-sdk',
    'a relay that takes more of the SDK than its state schemas',
    {
      'apps/relay/src/rooms/pack.ts':
        "export { encode } from '@aethex/sdk/msgpack'\nexport { compileStateSchema } from '@aethex/sdk/state-schema'\n",
    },
  ],
  [
    'examples-speak-only-through-the-sdk',
    'a game that knows a shared room',
    { 'examples/skirmish/src/cheat.ts': "export { statement } from '@aethex/shared/db'\n" },
  ],
  [
    'examples-speak-only-through-the-sdk',
    'a game that goes round the door of the SDK',
    { 'examples/skirmish/src/cheat.ts': "import '../../../packages/sdk/src/core/join.js'\n" },
  ],
  [
    'a-feature-is-entered-by-its-service',
    'a service importing the store of another feature',
    { [`${feature}/peek.ts`]: "export { findPlayer } from '../../players/auth/store.js'\n" },
  ],
  [
    'a-feature-is-entered-by-its-service',
    'a service importing the row type of another feature',
    { [`${feature}/peek.ts`]: "export type { Row } from '../../players/auth/store.js'\n" },
  ],
  [
    'a-feature-is-entered-by-its-service',
    'the schema of another feature in a service',
    { [`${feature}/peek.ts`]: "export { Email } from '../../players/auth/schema.js'\n" },
  ],
  [
    'a-feature-is-entered-by-its-service',
    'a schema importing a service',
    {
      'apps/api/src/progress/scores/schema.ts':
        "export { login } from '../../players/auth/service.js'\n",
    },
  ],
  [
    'a-feature-is-entered-by-its-service',
    'the gateway importing a store',
    { 'apps/api/src/gateway/peek.ts': "export { findPlayer } from '../players/auth/store.js'\n" },
  ],
  [
    'a-feature-is-entered-by-its-service',
    'the floor plan importing a store',
    {
      'apps/api/src/services.ts': "export { findPlayer as wings } from './players/auth/store.js'\n",
    },
  ],
  [
    'a-feature-is-entered-by-its-service',
    'infra importing a store',
    { 'infra/peek.ts': "import '../apps/api/src/players/auth/store.js'\n" },
  ],
  [
    'testing-rooms-are-for-tests',
    'a service importing a testing room',
    { [scores]: "export { call } from '@aethex/shared/testing'\n" },
  ],
]

test('lets a house be that keeps every rule', async () => {
  expect((await violationsWith({})).map(tell)).toEqual([])
})

test.each(plants)('%s finds %s', async (rule, _what, files, line = 1) => {
  const found = await violationsWith(files)
  expect(found).toMatchObject([{ rule, file: Object.keys(files)[0], line }])
})

test('env-example-matches-the-config finds an option that says nothing of itself', async () => {
  const silent = sectionOf('apps/api', { PORT: { safeParse: () => ({ success: false }) } })
  const violations = await violationsWith({ '.env.example': '' }, [...programs, silent])
  expect(violations.map(({ rule }) => rule)).toContain('env-example-matches-the-config')
})

test('plants a violation of every rule', async () => {
  expect(new Set(plants.map(([rule]) => rule))).toEqual(new Set(await ruleNames()))
})

test('says what to do instead', async () => {
  const violations = await violationsWith({ 'apps/relay/src/utils.ts': 'export {}\n' })
  expect(violations.map(tell)).toEqual([
    'no-names-that-say-nothing: apps/relay/src/utils.ts:1: Name it after what it does, and keep it beside its first user. (utils.ts)',
  ])
})
