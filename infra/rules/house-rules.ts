import { type Section, sections } from './env-example.js'
import { importRules, importViolations } from './import-rules.js'
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
  ...textRules(sections).map(({ name }) => name),
  ...(await importRules()).keys(),
]

/**
 * Holds a clone against every rule of the house.
 * @param programs what its .env.example must tell of
 * @throws Trouble without git
 */
export async function checkHouse(
  root: string,
  programs: readonly Section[] = sections,
): Promise<Verdict> {
  const tree = openTree(root)
  const found = violationsOf(textRules(programs), tree)
  return {
    violations: [...found, ...(await importViolations(tree))],
    files: tree.files.length,
    rules: (await ruleNames()).length,
  }
}
