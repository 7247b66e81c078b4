import { codeRules } from './code-rules.js'
import { dataRule } from './data-rule.js'
import { envRule } from './env-rule.js'
import { lineRules } from './line-rules.js'
import { nameRules } from './name-rules.js'
import type { Rule } from './rule.js'

/** Every rule that reads files one by one; the arrows between files are in dependency-cruiser.mjs. */
export const textRules: readonly Rule[] = [
  ...nameRules,
  ...lineRules,
  ...codeRules,
  dataRule,
  envRule,
]
