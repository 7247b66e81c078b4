import { type Db, statement } from '@aethex/shared/db'
import { type DocumentRow, documentColumns, pageBytes } from './store.js'

/** The values of one indexed field that a search takes: a list of them, or a range. */
export interface Span {
  indexId: string
  oneOf?: readonly Buffer[]
  from?: { value: Buffer; included: boolean }
  to?: { value: Buffer; included: boolean }
}

export interface IndexSearch {
  /** The field that the answer is ordered by. */
  order: Span
  /** Those on other fields, and more of them on the same. */
  others: readonly Span[]
  direction: 'asc' | 'desc'
  /** Only public documents. */
  publicOnly: boolean
  /** The place behind which the page begins. */
  after: { value: Buffer; playerId: string; key: string } | undefined
  limit: number
}

export interface FoundRow extends DocumentRow {
  /** The value of the field that the answer is ordered by. */
  at: Buffer
  found: number
}

/** The text of a search and its values. What callers send only ever becomes a value. */
export function searchStatement(environmentId: string, search: IndexSearch) {
  const values: unknown[] = [environmentId]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = (alias: string, { indexId, oneOf, from, to }: Span) => [
    `${alias}.index_id = ${bind(indexId)}`,
    ...(search.publicOnly ? [`${alias}.is_public`] : []),
    ...(oneOf === undefined ? [] : [`${alias}.value = ANY(${bind(oneOf)}::bytea[])`]),
    ...(from === undefined
      ? []
      : [`${alias}.value ${from.included ? '>=' : '>'} ${bind(from.value)}`]),
    ...(to === undefined ? [] : [`${alias}.value ${to.included ? '<=' : '<'} ${bind(to.value)}`]),
  ]
  const joins = search.others.map((span, index) => {
    const alias = `c${index}`
    const same = ['environment_id', 'player_id', 'collection', 'key'].map(
      column => `${alias}.${column} = o.${column}`,
    )
    return `JOIN document_entry ${alias} ON ${[...same, ...conditions(alias, span)].join(' AND ')}`
  })
  const [direction, sign] = search.direction === 'asc' ? ['ASC', '>'] : ['DESC', '<']
  const where = ['o.environment_id = $1', ...conditions('o', search.order)]
  if (search.after !== undefined) {
    const { value, playerId, key } = search.after
    where.push(
      `(o.value, o.player_id, o.key) ${sign} (${bind(value)}, ${bind(playerId)}, ${bind(key)})`,
    )
  }
  const order = `o.value ${direction}, o.player_id ${direction}, o.key ${direction}`
  const pageOrder = `at ${direction}, player_id ${direction}, key ${direction}`
  const limit = bind(search.limit)
  const weight = bind(pageBytes)
  // Nobody finds what an account that is closed has left: its owner is leaving, or has it elsewhere.
  const text = `
    SELECT * FROM (
      SELECT ${documentColumns}, f.at, count(*) OVER ()::int AS found,
        sum(d.size) OVER (ORDER BY f.at ${direction}, f.player_id ${direction}, f.key ${direction}) - d.size AS before
      FROM (
        SELECT o.environment_id, o.player_id, o.collection, o.key, o.value AS at
        FROM document_entry o ${joins.join(' ')}
        JOIN player p ON p.environment_id = o.environment_id AND p.id = o.player_id AND p.closed_reason IS NULL
        WHERE ${where.join(' AND ')}
        ORDER BY ${order} LIMIT ${limit}
      ) f JOIN player_document d USING (environment_id, player_id, collection, key)
    ) page WHERE before < ${weight} ORDER BY ${pageOrder}`
  return { text, values }
}

/** One page of a search. Without a name: each is planned for the values that it asks for. */
export function searchDocuments(environmentId: string, db: Db, search: IndexSearch) {
  const { text, values } = searchStatement(environmentId, search)
  return db.all(statement<FoundRow>('', text), values)
}
