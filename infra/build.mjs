// Bundles the TypeScript entries of the workspace it is run in: src/main.ts -> dist/main.js and so on.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'

const entries = {
  apps: {
    main: 'src/main.ts',
    'rotate-keys': 'src/rotate-keys.ts',
    'write-contract': 'src/write-contract.ts',
    'save-format-worker': 'src/progress/save-formats/sandbox/worker.ts',
  },
  infra: {
    start: 'local/start.ts',
    'new-migration': 'local/new-migration.ts',
    s3: 'local/s3/main.ts',
    clickhouse: 'local/clickhouse/main.ts',
    mail: 'local/mail/main.ts',
    site: 'local/site/main.ts',
  },
}

const here = process.cwd()
const isApp = path.basename(path.dirname(here)) === 'apps'
const table = isApp ? entries.apps : (entries[path.basename(here)] ?? {})
const entryPoints = Object.fromEntries(
  Object.entries(table).filter(([, source]) => existsSync(path.join(here, source))),
)

/** Packages stay outside, what is ours (@aethex/… and relative files) comes in. */
const packagesOutside = {
  name: 'packages-outside',
  setup(pluginBuild) {
    pluginBuild.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) => {
      if (kind === 'entry-point' || name.startsWith('@aethex/')) return undefined
      return { path: name, external: true }
    })
  },
}

if (Object.keys(entryPoints).length > 0) {
  await build({
    entryPoints,
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    plugins: [packagesOutside],
  })
}
