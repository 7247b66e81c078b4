import type { Place, Rule } from './rule.js'
import type { Tree } from './tree.js'

/** What a column may hold, as the trailing comment of its line says. */
const dataClasses = new Set([
  'key',
  'personal',
  'secret',
  'content',
  'behaviour',
  'setting',
  'system',
])

interface Column {
  file: string
  line: number
  model: string
  name: string
  type: string
  comment: string | undefined
}

const isSchema = (file: string) => /^prisma\/[^/]+\.prisma$/.test(file)

/** Every field line of every model. */
function fieldsOf(tree: Tree): Column[] {
  return tree.files.filter(isSchema).flatMap(file => {
    let model: string | undefined
    return tree.lines(file).flatMap((text, index): Column[] => {
      const opened = /^model (\w+) \{/.exec(text)?.[1]
      if (opened !== undefined) model = opened
      else if (text.startsWith('}')) model = undefined
      const [, name, type = '', comment] =
        /^ {2}(\w+) +(\w+)[^/]*(?:\/\/\/ *(\w+) *)?$/.exec(text) ?? []
      if (model === undefined || name === undefined) return []
      return [{ file, line: index + 1, model, name, type, comment }]
    })
  })
}

/** The fields that are columns: what has the type of another model is a relation. */
function columnsOf(tree: Tree): Column[] {
  const fields = fieldsOf(tree)
  const models = new Set(fields.map(field => field.model))
  return fields.filter(field => !models.has(field.type))
}

const isPlayerData = (file: string) => /^apps\/api\/src\/[^/]+\/[^/]+\/player-data\.ts$/.test(file)
const table = 'apps/api/src/player-data.ts'

const everyColumnHasADataClass: Rule = {
  name: 'every-column-has-a-data-class',
  instead: `End the line with /// and one of ${[...dataClasses].join(', ')}: what is kept must be known.`,
  find: tree =>
    columnsOf(tree)
      .filter(({ comment }) => comment === undefined || !dataClasses.has(comment))
      .map(({ file, line, model, name }) => ({ file, line, found: `${model}.${name}` })),
}

/** The columns that hold the id of a player: by their name, or because they refer to one. */
function idsOfPlayers(tree: Tree): Column[] {
  const referring = new Set(
    tree.files.filter(isSchema).flatMap(file => {
      let model: string | undefined
      return tree.lines(file).flatMap(text => {
        model = /^model (\w+) \{/.exec(text)?.[1] ?? model
        const relation = /^ {2}\w+ +player\?? .*fields: \[([\w, ]+)\]/.exec(text)?.[1]
        return relation?.split(', ').map(name => `${model}.${name}`) ?? []
      })
    }),
  )
  return columnsOf(tree).filter(
    ({ model, name }) =>
      /(^|_)player_id$/.test(name) ||
      (name !== 'environment_id' && referring.has(`${model}.${name}`)),
  )
}

/** The tables that a player-data.ts names. */
function namedIn(tree: Tree, file: string): string[] {
  return [...tree.text(file).matchAll(/tables: \[([^\]]*)\]/g)].flatMap(([, names = '']) =>
    [...names.matchAll(/'(\w+)'/g)].map(([, name = '']) => name),
  )
}

const everyTableOfPlayersIsCovered: Rule = {
  name: 'every-table-of-players-is-covered',
  instead:
    "Name the table in the `tables` of its feature's player-data.ts, and export and erase its rows there.",
  find: tree => {
    const named = tree.files.filter(isPlayerData).flatMap(file => namedIn(tree, file))
    return idsOfPlayers(tree)
      .filter(({ model }) => named.filter(name => name === model).length !== 1)
      .map(({ file, line, model }): Place => ({ file, line, found: model }))
  },
}

const everyPlayerDataIsListed: Rule = {
  name: 'every-player-data-is-listed',
  instead: `Add it to the table in ${table}: what is not there is neither exported nor erased.`,
  find: tree => {
    const listed = tree.files.includes(table) ? tree.text(table) : ''
    return tree.files
      .filter(isPlayerData)
      .filter(file => !listed.includes(file.slice('apps/api/src/'.length, -'.ts'.length)))
      .map(file => ({ file, line: 1 }))
  },
}

/** What keeps export and erasure whole. */
export const privacyRules: readonly Rule[] = [
  everyColumnHasADataClass,
  everyTableOfPlayersIsCovered,
  everyPlayerDataIsListed,
]
