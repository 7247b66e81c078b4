import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build, type Plugin } from 'esbuild'
import { inCheckout } from '../../../local/checkout.js'

/** A change to one source of an app, made while it is bundled: no file of the checkout is touched. */
export interface Change {
  file: string
  /** What stands there, once and exactly. */
  from: string
  to: string
}

/** As infra/build.mjs: packages stay outside, what is ours comes in. */
const packagesOutside: Plugin = {
  name: 'packages-outside',
  setup(bundling) {
    bundling.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
      kind === 'entry-point' || name.startsWith('@aethex/')
        ? undefined
        : { path: name, external: true },
    )
  },
}

function changed(changes: readonly Change[]): Plugin {
  const byFile = new Map<string, Change[]>()
  for (const change of changes) {
    const file = inCheckout(change.file)
    byFile.set(file, [...(byFile.get(file) ?? []), change])
  }
  return {
    name: 'changed',
    setup(bundling) {
      bundling.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const mine = byFile.get(file)
        if (mine === undefined) return undefined
        let contents = readFileSync(file, 'utf8')
        for (const { from, to } of mine) contents = contents.replace(from, () => to)
        return { contents, loader: 'ts' }
      })
    },
  }
}

function assertThere({ file, from }: Change): void {
  const found = readFileSync(inCheckout(file), 'utf8').split(from).length - 1
  if (found !== 1) throw new Error(`${file} has ${JSON.stringify(from)} ${found} times, not once`)
}

/** Bundles an app with some of its sources changed. Throws when what is to be changed is not there. */
export async function mutatedBundle(
  changes: readonly Change[],
  app: 'api' | 'relay' = 'api',
): Promise<{ bundle: string; remove: () => void }> {
  changes.forEach(assertThere)
  const folder = mkdtempSync(path.join(tmpdir(), 'aethex-mutant-'))
  const bundle = path.join(folder, 'dist', 'main.mjs')
  mkdirSync(path.dirname(bundle))
  // Node looks for packages above the file that imports them; the other two are what an API reads beside itself.
  symlinkSync(inCheckout('node_modules'), path.join(folder, 'node_modules'))
  for (const file of ['openapi.json', 'dist/save-format-worker.js']) {
    symlinkSync(inCheckout('apps/api', file), path.join(folder, file))
  }
  await build({
    entryPoints: [inCheckout('apps', app, 'src', 'main.ts')],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    plugins: [changed(changes), packagesOutside],
  })
  return { bundle, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
