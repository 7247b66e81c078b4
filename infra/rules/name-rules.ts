import path from 'node:path'
import type { Place, Rule } from './rule.js'
import type { Tree } from './tree.js'

const sayNothing = /^((.*-)?(utils?|helpers?|misc)|common|libs?|types|constants)$/
const kebabCase = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/
// README.md, LICENSE and the like are shouted everywhere.
const shouted = /^[A-Z]+(_[A-Z]+)*(\.md)?$/
// Names that the programs which read them have given.
const givenNames = /^prisma\/migrations\/|(^|\/)(Dockerfile|Chart\.yaml|_[a-z-]+\.tpl)$/

function named(tree: Tree, isWrong: (name: string) => boolean): Place[] {
  return tree.files.flatMap(file => {
    if (givenNames.test(file)) return []
    const found = file.split('/').find(isWrong)
    return found === undefined ? [] : [{ file, line: 1, found }]
  })
}

const withoutEndings = (name: string) => path.basename(name).replace(/\..*$/, '')

export const nameRules: readonly Rule[] = [
  {
    name: 'no-names-that-say-nothing',
    instead: 'Name it after what it does, and keep it beside its first user.',
    find: tree => named(tree, name => sayNothing.test(withoutEndings(name))),
  },
  {
    name: 'kebab-case-file-names',
    instead: 'Write the name in lower case with hyphens, as in write-save.ts.',
    find: tree => named(tree, name => !kebabCase.test(name) && !shouted.test(name)),
  },
]
