// Makes dist/: ESM and CJS of every entry, their declarations, and one file for a <script type="module">.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = import.meta.dirname
process.chdir(root)
// Made aside and put in place whole: whoever reads the old one meanwhile is not left with half a package.
const outdir = `node_modules/.build-${process.pid}`

mkdirSync('node_modules', { recursive: true })

const entries = [
  'index',
  'server',
  'msgpack',
  'merge',
  'state-schema',
  'auth-element',
  'save-dialog',
]
const entryPoints = entries.map(entry => `src/${entry}.ts`)
const shared = {
  // esbuild goes by the folder in which it was imported, not by the one just entered.
  absWorkingDir: root,
  bundle: true,
  platform: 'neutral',
  target: 'es2022',
  logLevel: 'warning',
  outdir,
}

// Entries share chunks in ESM, so that an AeThexError is the same class in all of them.
await build({ ...shared, entryPoints, format: 'esm', splitting: true, chunkNames: 'chunk-[hash]' })
await build({ ...shared, entryPoints, format: 'cjs', outExtension: { '.js': '.cjs' } })

const minified = { ...shared, format: 'esm', minify: true }
await build({
  ...minified,
  entryPoints: {
    'aethex.min': 'src/index.ts',
    'aethex-auth.min': 'src/auth-element.ts',
    'aethex-save-dialog.min': 'src/save-dialog.ts',
    'aethex-voice-worker.min': 'src/realtime/voice/worker/main.ts',
  },
})

const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript')), 'tsc.js')
const declarations = ['-p', 'tsconfig.declarations.json', '--outDir', `${outdir}/cjs`]
try {
  execFileSync(process.execPath, [tsc, ...declarations], { stdio: 'inherit' })
} catch (error) {
  rmSync(outdir, { recursive: true, force: true })
  throw error
}

// Declarations twice: what is read through `require` must lie in a CommonJS folder.
cpSync(`${outdir}/cjs`, outdir, { recursive: true })
writeFileSync(`${outdir}/cjs/package.json`, '{"type":"commonjs"}\n')
rmSync('dist', { recursive: true, force: true })
renameSync(outdir, 'dist')

/** What a game would ship, minified and compressed, in bytes: at once, and later, when it is first needed. */
async function shippedSize(contents) {
  const stdin = { contents, resolveDir: path.join(root, 'src'), loader: 'ts' }
  const result = await build({ ...minified, stdin, splitting: true, write: false, metafile: true })
  const { outputs } = result.metafile
  const entry = Object.keys(outputs).find(file => outputs[file].entryPoint === '<stdin>')
  const atOnce = new Set([entry])
  for (const file of atOnce) {
    for (const { kind, path: other } of outputs[file].imports) {
      if (kind === 'import-statement') atOnce.add(other)
    }
  }
  const size = { atOnce: 0, later: 0 }
  for (const { path: file, contents: bytes } of result.outputFiles) {
    const when = atOnce.has(path.relative(root, file)) ? 'atOnce' : 'later'
    size[when] += gzipSync(bytes, { level: 9 }).length
  }
  return size
}

const sizes = {
  'everything in @aethex/sdk': "export * from './index.js'",
  'createCloud alone': "export { createCloud } from './index.js'",
  'the <aethex-auth> element': "export * from './auth-element.js'",
  'the <aethex-save-conflict> element': "export * from './save-dialog.js'",
  'the merge alone': "export * from './merge.js'",
  'state schemas alone': "export * from './state-schema.js'",
  'with MessagePack': "export * from './index.js'; export { msgpack } from './msgpack.js'",
}
const kilobytes = bytes => `${(bytes / 1000).toFixed(2)} kB min+gzip`
for (const [what, contents] of Object.entries(sizes)) {
  const { atOnce, later } = await shippedSize(contents)
  const rest = later === 0 ? '' : `, and ${kilobytes(later)} when voice begins`
  console.log(`${what}: ${kilobytes(atOnce)}${rest}`)
}
