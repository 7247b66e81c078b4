import { isGenerated } from './kinds-of-files.js'
import type { Place, Rule } from './rule.js'
import type { Tree } from './tree.js'

const maxLines = 400
const isCounted = (file: string) =>
  /\.([cm]?[jt]s|[jt]sx|css|html)$/.test(file) && !isGenerated(file)

// The patterns are written so that they do not find themselves.
const unfinished = /\b(?:TO(?:DO)|FIX(?:ME)|XX(?:X)|HA(?:CK))\b/
const machinePath = /(?<![\w.~@:/-])\/(?:work|root|home|Users)\/[\w.-]|\b[A-Z]:\\Users\\/
const registryHost =
  /\/\/(?:registry|npm|artifactory|nexus|verdaccio)[\w-]*[.:]|\bregistry\.(?:npmjs|yarnpkg)\.|^\s*(?:@[\w-]+:)?registry\s*=|"resolved": "https?:/

function matching(tree: Tree, files: readonly string[], pattern: RegExp): Place[] {
  return files.flatMap(file =>
    tree.lines(file).flatMap((text, index) => {
      const found = pattern.exec(text)?.[0]
      return found === undefined ? [] : [{ file, line: index + 1, found: found.trim() }]
    }),
  )
}

/** A lock file names its registry once for each package: the first says it all. */
const firstOfEach = (places: readonly Place[]) =>
  places.filter((place, index) => places[index - 1]?.file !== place.file)

export const lineRules: readonly Rule[] = [
  {
    name: 'no-file-above-400-lines',
    instead: 'Split it by verb or by noun, each part under its own name.',
    find: tree =>
      tree.files.filter(isCounted).flatMap(file => {
        const count = tree.lines(file).length - 1
        return count > maxLines ? [{ file, line: maxLines + 1, found: `${count} lines` }] : []
      }),
  },
  {
    name: 'no-unfinished-work',
    instead: 'Finish it now, or open an issue and leave no trace of it here.',
    find: tree =>
      matching(
        tree,
        tree.files.filter(file => !isGenerated(file)),
        unfinished,
      ),
  },
  {
    name: 'no-machine-paths-or-registry-hosts',
    instead: 'Find the path from import.meta.url or os.tmpdir(); leave the registry to npm itself.',
    find: tree => [
      ...matching(tree, tree.files, machinePath),
      ...firstOfEach(matching(tree, tree.files, registryHost)),
    ],
  },
]
