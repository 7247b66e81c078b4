import { MergeError } from './merge-error.js'
import { namesIn } from './pointer.js'

const fieldRules = ['max', 'min', 'union', 'sum', 'last_writer', 'ask'] as const

/** How two edits of one field are brought together. */
export type FieldRule = (typeof fieldRules)[number]

export interface DeclaredRule {
  /** A JSON pointer in which `*` stands for any name or member, and a last `**` for everything below. */
  path: string
  rule: FieldRule
  /** For `union` of a list of objects: the field that tells its members apart. */
  key?: string | undefined
  /** For `last_writer` and `ask`: take an object as one value instead of field by field. */
  whole?: boolean | undefined
}

export interface MergeRules {
  /** For fields without a rule of their own; `ask` where it is left out. */
  default?: FieldRule | undefined
  fields: readonly DeclaredRule[]
}

const mostRules = 500
const longestRule = 1024

/** A place in the tree of all declared paths. */
interface Branch {
  names: Map<string, Branch>
  anyName?: Branch
  /** For the value right here, before that for everything below. */
  here?: DeclaredRule
  below?: DeclaredRule
}

const newBranch = (): Branch => ({ names: new Map() })

function badRule({ path }: DeclaredRule, wrong: string): MergeError {
  return new MergeError('bad_rule', `The rule for ${String(path).slice(0, 80)} ${wrong}.`)
}

function checkRule(declared: DeclaredRule): string[] {
  const { path, rule, key, whole } = declared
  if (typeof path !== 'string' || path.length > longestRule) {
    throw badRule(declared, `needs a path of at most ${longestRule} characters`)
  }
  if (!fieldRules.includes(rule)) throw badRule(declared, `must be one of ${fieldRules.join(', ')}`)
  if (key !== undefined && rule !== 'union') throw badRule(declared, 'has a key but is no union')
  if (whole === true && rule !== 'last_writer' && rule !== 'ask') {
    throw badRule(declared, 'can only take an object whole with last_writer or ask')
  }
  const names = namesIn(path)
  if (names.slice(0, -1).includes('**')) throw badRule(declared, 'has a ** that is not its end')
  return names
}

function stepInto(branch: Branch, name: string): Branch {
  if (name === '*') {
    branch.anyName ??= newBranch()
    return branch.anyName
  }
  const known = branch.names.get(name) ?? newBranch()
  branch.names.set(name, known)
  return known
}

function plant({ fields }: MergeRules): Branch {
  if (fields.length > mostRules) {
    throw new MergeError('bad_rule', `There may be ${mostRules} rules at most.`)
  }
  const root = newBranch()
  for (const declared of fields) {
    const names = checkRule(declared)
    const isForAllBelow = names.at(-1) === '**'
    const branch = (isForAllBelow ? names.slice(0, -1) : names).reduce(stepInto, root)
    branch[isForAllBelow ? 'below' : 'here'] = declared
  }
  return root
}

/** Which rule holds for a field, and on the way down for the fields in it. */
export class RulesAt {
  readonly declared: DeclaredRule
  private readonly passedOn: DeclaredRule
  private readonly steps = new Map<string | undefined, RulesAt>()
  /** All names that the branches go on with. */
  private names: Set<string> | undefined

  private constructor(
    // Names before `*`, so that the first branch with a rule has the most specific one.
    private readonly branches: readonly Branch[],
    fromAbove: DeclaredRule,
    /** Decides where a rule cannot. */
    readonly everywhere: DeclaredRule,
  ) {
    const own = branches.find(({ here, below }) => (here ?? below) !== undefined)
    this.declared = own?.here ?? own?.below ?? fromAbove
    this.passedOn = own?.below ?? own?.here ?? fromAbove
  }

  static root(rules: MergeRules): RulesAt {
    const { default: rule = 'ask' } = rules
    const everywhere: DeclaredRule = { path: '/**', rule }
    checkRule(everywhere)
    return new RulesAt([plant(rules)], everywhere, everywhere)
  }

  /** One step down; without a name only `*` fits. Places that no rule names are one and the same object. */
  inside(name: string | undefined): RulesAt {
    if (this.branches.length === 0) return this
    this.names ??= new Set(this.branches.flatMap(({ names }) => [...names.keys()]))
    const fitting = name !== undefined && this.names.has(name) ? name : undefined
    const known = this.steps.get(fitting)
    if (known !== undefined) return known
    const next = this.branches.flatMap(({ names, anyName }) => {
      const named = fitting === undefined ? undefined : names.get(fitting)
      return [named, anyName].filter(branch => branch !== undefined)
    })
    const step = new RulesAt(next, this.passedOn, this.everywhere)
    this.steps.set(fitting, step)
    return step
  }
}

/** Throws a MergeError when the rules cannot be followed: an unknown rule, a path that is none, a key without union. */
export function checkMergeRules(rules: MergeRules): void {
  RulesAt.root(rules)
}
