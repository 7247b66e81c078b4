import { createHash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import type { Logger } from '../log/index.js'
import { PrismaClient } from './client/client.js'
import { asProblem, isRace } from './failures.js'
import { type Statement, statement } from './statement.js'

/** What a store works with: the pool, or one transaction on it. */
export interface Db {
  all<Row>(statement: Statement<Row>, values: unknown[]): Promise<Row[]>
  /** The first row, if there is one. */
  one<Row>(statement: Statement<Row>, values: unknown[]): Promise<Row | undefined>
  /** Runs `work` in one transaction; inside a transaction it joins that one. A lost race runs again. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
}

export interface Database extends Db {
  /**
   * One transaction behind the second wall: of the tables with an environment it sees and writes the rows of this
   * one alone, whatever its statements ask for (the policies are in the migration `walls`). For the wide verbs, that
   * touch many tables or let a person search; the hot paths name the environment in each statement and need no wall.
   */
  within<T>(environmentId: string, work: (tx: Db) => Promise<T>): Promise<T>
  /** This database with every statement and transaction behind the wall of one environment; `prisma` is not. */
  walled(environmentId: string): Database
  /** For the cold paths. Hot statements go through `all` and `one`, prepared by name on the same pool. */
  prisma: ReturnType<typeof openPrisma>
  ping(): Promise<void>
  close(): Promise<void>
}

const deadlineMs = 3_000
const attempts = 3

// Counters and scores are kept within the safe integers by CHECK constraints, so int8 fits a number.
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

type Runner = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>

async function run<Row>(
  runner: Runner,
  statement: Statement<Row>,
  values: unknown[],
): Promise<Row[]> {
  try {
    const result = await runner.query<Row & pg.QueryResultRow>({ ...statement, values })
    return result.rows
  } catch (error) {
    throw isRace(error) ? error : asProblem(error)
  }
}

/** A statement on its own is its own transaction: one that lost a race runs again, as a transaction does. */
async function runAlone<Row>(
  pool: pg.Pool,
  statement: Statement<Row>,
  values: unknown[],
): Promise<Row[]> {
  for (let left = attempts - 1; ; left--) {
    try {
      return await run(pool, statement, values)
    } catch (error) {
      if (isRace(error) && left > 0) continue
      throw asProblem(error)
    }
  }
}

function dbOn(client: pg.PoolClient): Db {
  const tx: Db = {
    all: (statement, values) => run(client, statement, values),
    one: async (statement, values) => (await run(client, statement, values))[0],
    transaction: work => work(tx),
  }
  return tx
}

// As SET LOCAL: both end with the transaction.
const wall = statement<never>(
  'database.wall',
  `SELECT set_config('aethex.environment_id', $1::uuid::text, true),
     set_config('role', 'aethex_walled', true)`,
)

async function attempt<T>(
  pool: pg.Pool,
  work: (tx: Db) => Promise<T>,
  environmentId: string | undefined,
): Promise<T> {
  const client = await pool.connect().catch(error => {
    throw asProblem(error)
  })
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    if (environmentId !== undefined) await run(client, wall, [environmentId])
    const answer = await work(dbOn(client))
    await client.query('COMMIT')
    return answer
  } catch (error) {
    // A connection whose rollback fails is in an unknown state and must not serve anyone else.
    await client.query('ROLLBACK').catch((reason: Error) => {
      broken = reason
    })
    throw error
  } finally {
    client.release(broken)
  }
}

async function transaction<T>(
  pool: pg.Pool,
  work: (tx: Db) => Promise<T>,
  environmentId?: string,
): Promise<T> {
  for (let left = attempts - 1; ; left--) {
    try {
      return await attempt(pool, work, environmentId)
    } catch (error) {
      if (isRace(error) && left > 0) continue
      throw asProblem(error)
    }
  }
}

/** Prisma on the same pool, whose failures say as much as those of the statements. */
function openPrisma(pool: pg.Pool) {
  const adapter = new PrismaPg(pool, {
    statementNameGenerator: ({ sql }) =>
      `prisma.${createHash('sha256').update(sql).digest('base64url').slice(0, 24)}`,
  })
  return new PrismaClient({ adapter }).$extends({
    query: {
      $allOperations: async ({ args, query }) => {
        try {
          return await query(args)
        } catch (error) {
          throw asProblem(error)
        }
      },
    },
  })
}

/** Opens a pool on `url`. Every wait in it is bounded, so a paused database cannot hang a caller. */
export function openDatabase(url: string, log: Logger, poolSize = 16): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types,
    connectionTimeoutMillis: deadlineMs,
    query_timeout: deadlineMs,
    statement_timeout: deadlineMs,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
  })
  pool.on('error', error => log.warn({ err: error }, 'a database connection broke'))
  // The pool listens to idle connections only; one that breaks inside a transaction would end the process.
  pool.on('connect', client => client.on('error', error => log.debug({ err: error }, 'in use')))
  const prisma = openPrisma(pool)
  const database: Database = {
    prisma,
    all: (statement, values) => runAlone(pool, statement, values),
    one: async (statement, values) => (await runAlone(pool, statement, values))[0],
    transaction: work => transaction(pool, work),
    within: (environmentId, work) => transaction(pool, work, environmentId),
    walled: environmentId => ({
      ...database,
      all: (statement, values) => database.within(environmentId, tx => tx.all(statement, values)),
      one: (statement, values) => database.within(environmentId, tx => tx.one(statement, values)),
      transaction: work => database.within(environmentId, work),
    }),
    ping: async () => {
      await run(pool, { name: 'ping', text: 'SELECT 1' }, [])
    },
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
    },
  }
  return database
}
