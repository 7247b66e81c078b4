import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'
import { type Migration, readMigrations, readSchema } from './migration-files.js'
import { schemaDatabase } from './schema-database.js'
import { sentenceOf, Trouble } from './trouble.js'

// The package's own entry imports the .wasm file, which Node 20 does only behind a flag: load it by hand.
type WasmGlue = typeof engineModule & { __wbg_set_wasm: (exports: object) => void }
type EngineModule = typeof engineModule

declare global {
  // Node has it; its declarations lie with the browser's.
  var WebAssembly: {
    instantiate: (
      bytes: Uint8Array,
      imports: Record<string, object>,
    ) => Promise<{ instance: { exports: Record<string, unknown> } }>
  }
  var PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => void } | undefined
}

let loading: Promise<EngineModule> | undefined

async function load(): Promise<EngineModule> {
  const glue = engineModule as WasmGlue
  const entry = createRequire(import.meta.url).resolve(
    '@prisma/schema-engine-wasm/schema_engine_bg',
  )
  const wasm = readFileSync(path.join(path.dirname(entry), 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': { ...glue } })
  globalThis.PRISMA_WASM_PANIC_REGISTRY ??= {
    set_message: message => console.error(`The schema engine failed: ${message}`),
  }
  glue.__wbg_set_wasm(instance.exports)
  const start = instance.exports.__wbindgen_start
  if (typeof start === 'function') start()
  return glue
}

function asTarget(migrations: Migration[], folder: string) {
  if (migrations.length === 0) return { tag: 'empty' as const }
  return {
    tag: 'migrations' as const,
    baseDir: folder,
    shadowDbInitScript: '',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  }
}

/**
 * The SQL that leads from what the migrations produce to what the schema says; undefined when they agree.
 * The migrations are replayed in a new database on the server of `adminUrl`.
 * @throws Trouble when the schema or a migration is wrong.
 */
export async function missingSql(
  adminUrl: string,
  schemaFolder: string,
  migrationsFolder: string,
): Promise<string | undefined> {
  loading ??= load()
  const { SchemaEngine } = await loading
  const files = readSchema(schemaFolder)
  try {
    const engine = await SchemaEngine.new(
      { datamodels: files.map(file => [file.path, file.content]) },
      () => {},
      bindMigrationAwareSqlAdapterFactory(schemaDatabase(adminUrl)),
    )
    const { stdout } = await engine.diff({
      from: asTarget(readMigrations(migrationsFolder), migrationsFolder),
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    })
    const sql = stdout ?? ''
    return sql === '' || sql.startsWith('-- This is an empty migration') ? undefined : sql
  } catch (error) {
    // Everything after the sentence is the engine's own call stack.
    throw new Trouble(sentenceOf(error).replace(/\n\s+0: schema_engine[\s\S]*/, ''))
  }
}
