import { codeRules } from './code-rules.js'
import { dataRule } from './data-rule.js'
import type { Section } from './env-example.js'
import { envRule } from './env-rule.js'
import { lineRules } from './line-rules.js'
import { nameRules } from './name-rules.js'
import { privacyRules } from './privacy-rules.js'
import type { Rule } from './rule.js'

/**
 * Every rule that reads files one by one; the arrows between files are in dependency-cruiser.mjs.
 * @param programs what .env.example must tell of
 */
export const textRules = (programs: readonly Section[]): readonly Rule[] => [
  ...nameRules,
  ...lineRules,
  ...codeRules,
  dataRule,
  ...privacyRules,
  envRule(programs),
]
