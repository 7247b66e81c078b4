import ts from 'typescript'
import { isTest } from '../rules/kinds-of-files.js'
import type { Tree } from '../rules/tree.js'

/** A title that begins with ids of cases. */
export interface Title {
  ids: readonly string[]
  file: string
  /** Without its ids; what a table of cases fills in stands as `…`. */
  text: string
}

/** The ids at the beginning of a title, and what follows them: `A5, A8: …`, `B15 B16: …`. */
export function splitTitle(title: string): { ids: string[]; text: string } {
  const found = /^([A-Z]\d{1,2}(?:,? [A-Z]\d{1,2})*): /.exec(title)
  if (found === null) return { ids: [], text: title }
  return { ids: (found[1] ?? '').split(/,? /), text: title.slice(found[0].length) }
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…')
}

/**
 * Every title of the tests that begins with ids. A row of a table names its case as well as a title does,
 * so any text of a test file counts that has this beginning.
 */
export function titlesIn(tree: Tree): Title[] {
  return tree.files.filter(isTest).flatMap(file => {
    if (!/['"`][A-Z]\d{1,2}(,? [A-Z]\d{1,2})*: /.test(tree.text(file))) return []
    return tree.nodes(file).flatMap(node => {
      const { ids, text } = splitTitle(textOf(node) ?? '')
      if (ids.length === 0) return []
      return [{ ids, file, text: text.replace(/%[sdijo]|\$\w+/g, '…').replace(/\s+/g, ' ') }]
    })
  })
}
