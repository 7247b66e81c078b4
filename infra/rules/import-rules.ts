import { cruise, type IModule } from 'dependency-cruiser'
import extractOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import { inCheckout } from '../local/checkout.js'
import { isCode } from './kinds-of-files.js'
import type { Violation } from './rule.js'
import type { Tree } from './tree.js'

const config = inCheckout('infra', 'rules', 'dependency-cruiser.mjs')

function lineOfImport(tree: Tree, from: IModule | undefined, to: string): number {
  const imported = from?.dependencies.find(({ resolved }) => resolved === to)?.module
  if (from === undefined || imported === undefined) return 1
  const isHere = (line: string) => /['"]/.test(line) && line.includes(imported)
  return Math.max(tree.lines(from.source).findIndex(isHere), 0) + 1
}

/** name -> what to do instead, for every rule about imports. */
export async function importRules(): Promise<Map<string, string>> {
  const { ruleSet } = await extractOptions(config)
  const told = ruleSet?.forbidden?.map(({ name, comment }) => [name ?? '', comment ?? ''] as const)
  return new Map(told)
}

/** The imports of a tree that run against the arrows of dependency-cruiser.mjs. */
export async function importViolations(tree: Tree): Promise<Violation[]> {
  const instead = await importRules()
  const { output } = await cruise(tree.files.filter(isCode), {
    ...(await extractOptions(config)),
    validate: true,
    baseDir: tree.root,
  })
  if (typeof output === 'string') throw new Error(output)
  const modules = new Map(output.modules.map(module => [module.source, module]))
  return output.summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    file: from,
    line: lineOfImport(tree, modules.get(from), cycle?.[0]?.name ?? to),
    instead: instead.get(rule.name) ?? '',
    found: `imports ${cycle?.map(({ name }) => name).join(' -> ') ?? to}`,
  }))
}
