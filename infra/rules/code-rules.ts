import ts from 'typescript'
import { environmentReaders, except } from './exceptions.js'
import { isCode, isTest } from './kinds-of-files.js'
import type { Place, Rule } from './rule.js'
import type { Tree } from './tree.js'

/** Every node of the chosen programs that `isWrong`, as a place. */
export function nodesWhere(
  tree: Tree,
  isChosen: (file: string) => boolean,
  isWrong: (node: ts.Node) => boolean,
): Place[] {
  return tree.files
    .filter(file => isCode(file) && isChosen(file))
    .flatMap(file => tree.nodes(file).filter(isWrong).map(placeOf))
}

function placeOf(node: ts.Node): Place {
  const source = node.getSourceFile()
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
  const found = node.getText(source).split('\n')[0] ?? ''
  return { file: source.fileName, line: line + 1, found: found.slice(0, 60) }
}

const compilerSilenced = /@ts-(?:ignore|expect-error|nocheck)\b/

function isCastOverUnknown(node: ts.Node): boolean {
  if (!ts.isAsExpression(node)) return false
  const inner = ts.isParenthesizedExpression(node.expression)
    ? node.expression.expression
    : node.expression
  return ts.isAsExpression(inner) && inner.type.kind === ts.SyntaxKind.UnknownKeyword
}

const silencedLines = (tree: Tree): Place[] =>
  tree.files.filter(isCode).flatMap(file =>
    tree.lines(file).flatMap((text, index) => {
      const found = compilerSilenced.exec(text)?.[0]
      return found === undefined ? [] : [{ file, line: index + 1, found }]
    }),
  )

const isConfig = (file: string) =>
  /^(apps\/[^/]+\/src\/config\.ts|packages\/shared\/src\/config\/.+)$/.test(file)

const isNamed = (node: ts.Node | undefined, name: string) =>
  node !== undefined && ts.isIdentifier(node) && node.text === name

const isProcessEnv = (node: ts.Node) =>
  ts.isPropertyAccessExpression(node) &&
  isNamed(node.expression, 'process') &&
  node.name.text === 'env'

/** `{ ...process.env }` and `{ env: process.env }` hand the whole environment to a child without reading it. */
const isHandedOn = ({ parent }: ts.Node) =>
  ts.isSpreadAssignment(parent) ||
  (ts.isPropertyAssignment(parent) && parent.name.getText() === 'env')

function readsEnvironment(node: ts.Node): boolean {
  if (ts.isImportSpecifier(node)) {
    const from = node.parent.parent.parent.moduleSpecifier.getText().slice(1, -1)
    return /^(node:)?process$/.test(from) && (node.propertyName ?? node.name).text === 'env'
  }
  if (ts.isBindingElement(node)) {
    const declared = node.parent.parent
    return (
      ts.isVariableDeclaration(declared) &&
      isNamed(declared.initializer, 'process') &&
      (node.propertyName ?? node.name).getText() === 'env'
    )
  }
  return isProcessEnv(node) && !isHandedOn(node)
}

const skipping = new Set(['skip', 'only', 'todo', 'skipIf', 'runIf'])

function isSkipped(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return skipping.has(node.name.text)
  return (
    ts.isPropertyAssignment(node) &&
    skipping.has(node.name.getText()) &&
    node.initializer.kind === ts.SyntaxKind.TrueKeyword
  )
}

const isAssertion = (node: ts.Node) =>
  ts.isCallExpression(node) && /^(expect|assert)/.test(node.expression.getText())

export const codeRules: readonly Rule[] = [
  {
    name: 'no-types-given-up',
    instead: 'Say what it is: parse it with a schema, narrow it from unknown, or make it generic.',
    find: tree => [
      ...nodesWhere(
        tree,
        () => true,
        node => node.kind === ts.SyntaxKind.AnyKeyword || isCastOverUnknown(node),
      ),
      ...silencedLines(tree),
    ],
  },
  {
    name: 'only-config-reads-the-environment',
    instead: 'Add the option to the config.ts of its app and receive it as an argument.',
    find: tree =>
      except(
        tree,
        nodesWhere(tree, file => !isConfig(file), readsEnvironment),
        environmentReaders,
      ),
  },
  {
    name: 'no-skipped-tests',
    instead:
      'Repair the test or delete it; what cannot run here must fail and say what is missing.',
    find: tree => nodesWhere(tree, isTest, isSkipped),
  },
  {
    name: 'every-test-file-has-an-assertion',
    instead: 'Expect something: a test that only runs proves nothing.',
    find: tree =>
      tree.files
        .filter(file => isTest(file) && !tree.nodes(file).some(isAssertion))
        .map(file => ({ file, line: 1 })),
  },
]
