import ts from 'typescript'
import { isForTests } from '../rules/kinds-of-files.js'
import type { Tree } from '../rules/tree.js'

/** A regular expression as it stands in the code. */
export interface Pattern {
  file: string
  source: string
  flags: string
}

const isJudged = (file: string) =>
  /^(apps|packages)\/[^/]+\/src\/.*\.ts$/.test(file) && !isForTests(file)

/** Every regular expression that the apps and packages write down. */
export function patternsIn(tree: Tree): Pattern[] {
  return tree.files.filter(isJudged).flatMap(file =>
    tree.nodes(file).flatMap(node => {
      if (!ts.isRegularExpressionLiteral(node)) return []
      const end = node.text.lastIndexOf('/')
      return [{ file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) }]
    }),
  )
}

/** Where a pattern is made while the program runs. */
export function madePatternsIn(tree: Tree): string[] {
  return tree.files
    .filter(isJudged)
    .filter(file =>
      tree
        .nodes(file)
        .some(
          node =>
            (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
            node.expression.getText() === 'RegExp',
        ),
    )
}
