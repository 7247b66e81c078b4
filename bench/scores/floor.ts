import { Redis } from 'ioredis'
import pg from 'pg'
import type { Site } from '../site.js'

const table = `CREATE TABLE IF NOT EXISTS bench_score (
  board_id text, player_id uuid, score bigint NOT NULL, PRIMARY KEY (board_id, player_id))`

const keepBest = {
  name: 'keep_best',
  text: `INSERT INTO bench_score AS s VALUES ($1, $2, $3) ON CONFLICT (board_id, player_id) DO UPDATE
    SET score = greatest(s.score, $3) RETURNING score`,
}

const ranks = 'bench:ranks'
const chunk = 5_000

/** The two halves of a leaderboard without anything around them. */
export interface ScoreFloor {
  /** One prepared statement: durable, but nobody is ranked. */
  upsert(playerId: string, score: number): Promise<void>
  /** ZADD and ZRANK in one round trip: ranked, but only as durable as Redis. */
  rank(playerId: string, score: number): Promise<void>
  /** ZRANK, then the ten around it. */
  around(playerId: string): Promise<void>
  fill(entries: readonly { playerId: string; score: number }[]): Promise<void>
  close(): Promise<void>
}

/** Uses the same clients on the same PostgreSQL and Redis as the API does. */
export async function openScoreFloor({ stack }: Site, board: string): Promise<ScoreFloor> {
  const pool = new pg.Pool({ connectionString: stack.urls.database, max: 16 })
  await pool.query(table)
  const redis = new Redis(stack.urls.redis)
  return {
    async upsert(playerId, score) {
      await pool.query({ ...keepBest, values: [board, playerId, score] })
    },
    async rank(playerId, score) {
      await redis.pipeline().zadd(ranks, -score, playerId).zrank(ranks, playerId).exec()
    },
    async around(playerId) {
      const place = (await redis.zrank(ranks, playerId)) ?? 0
      const from = Math.max(0, place - 4)
      await redis.zrange(ranks, from, from + 9, 'WITHSCORES')
    },
    async fill(entries) {
      await pool.query(
        'INSERT INTO bench_score SELECT $1, * FROM unnest($2::uuid[], $3::bigint[])',
        [board, entries.map(entry => entry.playerId), entries.map(entry => entry.score)],
      )
      for (let at = 0; at < entries.length; at += chunk) {
        const some = entries.slice(at, at + chunk)
        await redis.zadd(ranks, ...some.flatMap(({ playerId, score }) => [-score, playerId]))
      }
    },
    async close() {
      await pool.end()
      redis.disconnect()
    },
  }
}
