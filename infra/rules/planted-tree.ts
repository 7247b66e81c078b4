import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { withScratchFolder } from '../local/scratch-folder.js'
import { serverEnv } from '../local/settings.js'
import { envExample, sectionOf } from './env-example.js'
import { checkHouse } from './house-rules.js'
import type { Violation } from './rule.js'

/** path -> text */
export type Files = Readonly<Record<string, string>>

const frontDoor = {
  description: 'the front door',
  safeParse: () => ({ success: true, data: 8080 }),
}

/** What the small house below reads from the environment. */
export const programs = [sectionOf('apps/api', { PORT: frontDoor })]

/** A small house that keeps every rule, and goes as far as the rules let it. */
const cleanHouse: Files = {
  '.gitignore': 'node_modules/\n',
  '.env.example': envExample(programs),
  'README.md': '# A house\n',
  'prisma/migrations/20260101000000_first/migration.sql': 'SELECT 1;\n',
  'packages/shared/package.json':
    '{ "name": "@aethex/shared", "type": "module", "exports": { "./*": "./src/*/index.ts" } }\n',
  'packages/shared/src/db/index.ts':
    'export const openDatabase = () => ({ prisma: {} })\nexport const statement = (text: string) => ({ text })\nexport type Db = { one(): void }\n',
  'packages/shared/src/config/index.ts':
    'export const load = () => ({ home: process.env.HOME, node: process.version })\n',
  'packages/shared/src/testing/index.ts': 'export const call = () => 1\n',
  'packages/sdk/package.json':
    '{ "name": "@aethex/sdk", "type": "module", "exports": { ".": "./dist/index.js" } }\n',
  'packages/sdk/src/index.ts': "export { join } from './core/join.js'\n",
  'packages/sdk/src/core/join.ts': 'export const join = () => 1\n',
  'apps/relay/src/app.ts': 'export const startRelay = (redis: { ping(): void }) => redis.ping()\n',
  'apps/api/src/config.ts': 'export const port = process.env.PORT\n',
  'apps/api/src/app.ts':
    "import { openDatabase } from '@aethex/shared/db'\nimport { port } from './config.js'\nimport { keys } from './players/auth/key-ring.js'\nimport { wings } from './services.js'\nexport const app = [openDatabase(), port, keys, wings]\n",
  'apps/api/src/services.ts':
    "import { sweep } from './players/auth/jobs.js'\nimport { authRoutes } from './players/auth/routes.js'\nexport const wings = { players: [sweep, authRoutes] }\n",
  'apps/api/src/gateway/context.ts': 'export interface Ctx {\n  db: { transaction(): void }\n}\n',
  'apps/api/src/gateway/credentials.ts':
    "import { login } from '../players/auth/service.js'\nexport const check = login\n",
  'apps/api/src/players/auth/jobs.ts': 'export const sweep = () => 1\n',
  'apps/api/src/players/auth/key-ring.ts': 'export const keys = []\n',
  'apps/api/src/players/auth/routes.ts':
    "import { login } from './service.js'\nexport const authRoutes = [login]\n",
  'apps/api/src/players/auth/schema.ts': 'export const Email = {}\n',
  'apps/api/src/players/auth/service.ts':
    "import { findPlayer } from './store.js'\nexport const login = () => findPlayer\n",
  'apps/api/src/players/auth/store.ts':
    "import { statement } from '@aethex/shared/db'\nexport const findPlayer = statement('SELECT 1')\nexport interface Row {\n  id: string\n}\n",
  'apps/api/src/progress/saves/schema.ts':
    "import { Email } from '../../players/auth/schema.js'\nexport const Save = { Email }\n",
  'apps/api/src/progress/saves/service.ts':
    "import type { Db } from '@aethex/shared/db'\nimport type { Ctx } from '../../gateway/context.js'\nimport { login } from '../../players/auth/service.js'\nexport const save = (ctx: Ctx, _db: Db) => [ctx.db.transaction(), login()]\n",
  'apps/api/src/progress/saves/saves.test.ts':
    "import { join } from '@aethex/sdk'\nimport { call } from '@aethex/shared/testing'\nimport { forge } from '../../testing/forge.js'\ntest('keeps a save', () => expect([join(), call(), forge()]).toBeDefined())\n",
  'apps/api/src/testing/forge.ts':
    "import { findPlayer } from '../players/auth/store.js'\nexport const forge = () => findPlayer\n",
  'examples/skirmish/src/game.ts': "import { join } from '@aethex/sdk'\njoin()\n",
  'infra/local/start.ts':
    "import { app } from '../../apps/api/src/app.js'\nexport const child = { app, env: { ...process.env, PORT: '1' } }\n",
  'infra/e2e/stack.ts':
    "import { call } from '@aethex/shared/testing'\nexport const stack = call\n",
  'infra/e2e/game.test.ts':
    "import '../../examples/skirmish/src/game.js'\ntest('plays', () => expect(1).toBe(1))\n",
  'bench/fan-out.ts': "import { startRelay } from '../apps/relay/src/app.js'\nstartRelay\n",
}

function write(folder: string, files: Files): void {
  for (const [file, text] of Object.entries(files)) {
    const full = path.join(folder, file)
    mkdirSync(path.dirname(full), { recursive: true })
    writeFileSync(full, text)
  }
}

function linkPackage(folder: string, name: string): void {
  const scope = path.join(folder, 'node_modules', '@aethex')
  mkdirSync(scope, { recursive: true })
  symlinkSync(path.join('..', '..', 'packages', name), path.join(scope, name))
}

/** Builds the small house in a folder of its own, plants some files, and answers what the rules say. */
export function violationsWith(planted: Files, reads = programs): Promise<Violation[]> {
  return withScratchFolder(async folder => {
    write(folder, { ...cleanHouse, ...planted })
    linkPackage(folder, 'shared')
    linkPackage(folder, 'sdk')
    execFileSync('git', ['init', '--quiet'], { cwd: folder, env: serverEnv() })
    return (await checkHouse(folder, reads)).violations
  })
}
