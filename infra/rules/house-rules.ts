import { importRuleNames, importViolations } from './import-rules.js'
import { type Violation, violationsOf } from './rule.js'
import { textRules } from './text-rules.js'
import { openTree } from './tree.js'

export interface Verdict {
  violations: Violation[]
  files: number
  rules: number
}

/** The names of all rules. */
export const ruleNames = async (): Promise<string[]> => [
  ...textRules.map(({ name }) => name),
  ...(await importRuleNames()),
]

/**
 * Holds a clone against every rule of the house.
 * @throws Trouble without git
 */
export async function checkHouse(root: string): Promise<Verdict> {
  const tree = openTree(root)
  const violations = [...violationsOf(textRules, tree), ...(await importViolations(tree))]
  return { violations, files: tree.files.length, rules: (await ruleNames()).length }
}
