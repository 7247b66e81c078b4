import ts from 'typescript'
import { nodesWhere } from './code-rules.js'
import { dataKeepers, except } from './exceptions.js'
import { isForTests } from './kinds-of-files.js'
import type { Rule } from './rule.js'

// What an app's file cannot have without touching data. Types may go everywhere.
const doors: Readonly<Record<string, ReadonlySet<string>>> = {
  '@aethex/shared/db': new Set(['statement', 'openDatabase']),
  '@aethex/shared/redis': new Set(['openRedis', 'Redis']),
  '@aethex/shared/blobs': new Set(['openBlobs']),
}
const drivers = /^(pg|ioredis|@prisma\/.+|@aws-sdk\/.+|@clickhouse\/.+)$/

// Asking a part by the name it has everywhere: redis.eval(…), db.one(…), ctx.blobs.put(…).
const verbs: Readonly<Record<string, (verb: string) => boolean>> = {
  redis: () => true,
  blobs: () => true,
  db: verb => verb === 'one' || verb === 'all',
  tx: verb => verb === 'one' || verb === 'all',
}

const nameOf = (node: ts.Expression) =>
  ts.isPropertyAccessExpression(node) ? node.name.text : ts.isIdentifier(node) ? node.text : ''

function isImportOfData(node: ts.Node): boolean {
  if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return false
  const clause = node.importClause
  if (clause?.isTypeOnly) return false
  const from = node.moduleSpecifier.text
  if (drivers.test(from)) return true
  const closed = doors[from]
  if (closed === undefined || clause?.namedBindings === undefined) return false
  if (!ts.isNamedImports(clause.namedBindings)) return true
  return clause.namedBindings.elements.some(
    element => !element.isTypeOnly && closed.has((element.propertyName ?? element.name).text),
  )
}

function isTouch(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'prisma'
  if (!ts.isCallExpression(node)) return false
  const { expression } = node
  if (!ts.isPropertyAccessExpression(expression)) return false
  return verbs[nameOf(expression.expression)]?.(expression.name.text) ?? false
}

const isAppFile = (file: string) =>
  /^apps\/[^/]+\/src\//.test(file) && !isForTests(file) && !/[/-]store\.ts$/.test(file)

export const dataRule: Rule = {
  name: 'only-a-store-touches-data',
  instead: "Give the feature's store a named function and call that.",
  find: tree =>
    except(
      tree,
      nodesWhere(tree, isAppFile, node => isImportOfData(node) || isTouch(node)),
      dataKeepers,
    ),
}
