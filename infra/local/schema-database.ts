import { randomUUID } from 'node:crypto'
import {
  type ColumnType,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlQueryable,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils'
import pg from 'pg'

const { DatabaseError } = pg
const provider = 'postgres'
const adapterName = '@aethex/schema-database'
const firstOwnType = 16384

// The types that the engine's questions to PostgreSQL's catalogue answer with (pg_type.oid).
const columnTypes = new Map<number, ColumnType>([
  [16, ColumnTypeEnum.Boolean],
  [18, ColumnTypeEnum.Character],
  [19, ColumnTypeEnum.Text],
  [20, ColumnTypeEnum.Int64],
  [21, ColumnTypeEnum.Int32],
  [23, ColumnTypeEnum.Int32],
  [25, ColumnTypeEnum.Text],
  [26, ColumnTypeEnum.Int64],
  [700, ColumnTypeEnum.Float],
  [701, ColumnTypeEnum.Double],
  [1002, ColumnTypeEnum.CharacterArray],
  [1003, ColumnTypeEnum.TextArray],
  [1005, ColumnTypeEnum.Int32Array],
  [1007, ColumnTypeEnum.Int32Array],
  [1009, ColumnTypeEnum.TextArray],
  [1015, ColumnTypeEnum.TextArray],
  [1042, ColumnTypeEnum.Text],
  [1043, ColumnTypeEnum.Text],
])

function columnType(oid: number): ColumnType {
  const known = columnTypes.get(oid)
  if (known !== undefined) return known
  if (oid >= firstOwnType) return ColumnTypeEnum.Text
  throw new DriverAdapterError({ kind: 'UnsupportedNativeDataType', type: `oid ${oid}` })
}

function translated(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error
  return new DriverAdapterError({
    kind: 'postgres',
    code: error.code ?? 'XX000',
    severity: error.severity ?? 'ERROR',
    message: error.message,
    detail: error.detail,
    column: error.column,
    hint: error.hint,
  })
}

type Asks = Pick<pg.Pool | pg.PoolClient, 'query'>

async function ask(on: Asks, { sql, args }: SqlQuery): Promise<pg.QueryArrayResult> {
  try {
    return await on.query({ text: sql, values: args, rowMode: 'array' })
  } catch (error) {
    throw translated(error)
  }
}

function queryable(on: Asks): SqlQueryable {
  return {
    provider,
    adapterName,
    async queryRaw(query): Promise<SqlResultSet> {
      const { fields, rows } = await ask(on, query)
      return {
        columnNames: fields.map(field => field.name),
        columnTypes: fields.map(field => columnType(field.dataTypeID)),
        rows,
      }
    },
    async executeRaw(query) {
      return (await ask(on, query)).rowCount ?? 0
    },
  }
}

function adapter(url: URL, afterwards: () => Promise<void>): SqlDriverAdapter {
  const pool = new pg.Pool({ connectionString: url.href, max: 2, allowExitOnIdle: true })
  // The engine never closes its main connection: the server may well end first.
  pool.on('error', () => {})
  return {
    ...queryable(pool),
    // One message for the whole script: PostgreSQL knows where a statement ends, and the script is one transaction.
    async executeScript(script) {
      await pool.query(script).catch(error => Promise.reject(translated(error)))
    },
    async startTransaction(isolation) {
      const client = await pool.connect()
      await client.query(isolation ? `BEGIN ISOLATION LEVEL ${isolation}` : 'BEGIN')
      const release = async () => client.release()
      const options = { usePhantomQuery: false }
      return { ...queryable(client), options, commit: release, rollback: release }
    },
    async dispose() {
      await pool.end()
      await afterwards()
    },
  }
}

async function administer(url: URL, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

/**
 * The database as Prisma's schema engine asks for it. Each shadow database is new, and dropped afterwards.
 * @param adminUrl any database of a server on which databases may be created
 */
export function schemaDatabase(adminUrl: string): SqlMigrationAwareDriverAdapterFactory {
  const main = new URL(adminUrl)
  return {
    provider,
    adapterName,
    connect: async () => adapter(main, async () => {}),
    async connectToShadowDb() {
      const name = `shadow_${randomUUID().replaceAll('-', '')}`
      await administer(main, `CREATE DATABASE ${name}`)
      const shadow = new URL(main)
      shadow.pathname = `/${name}`
      return adapter(shadow, () => administer(main, `DROP DATABASE ${name} WITH (FORCE)`))
    },
  }
}
