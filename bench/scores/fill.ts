import pg from 'pg'
import { z } from 'zod'
import type { Site } from '../site.js'

const addPlayers = `INSERT INTO player (environment_id, id, username, username_key)
  SELECT $1, gen_random_uuid(), 'bench-' || n, 'bench-' || n FROM generate_series(1, $2::int) n
  RETURNING id, random() * 1000000 AS score`

const addEntries = `INSERT INTO leaderboard_entry
    (environment_id, board_id, player_id, score, achieved_at, updated_at)
  SELECT $1, $2, id, score, now(), now() FROM unnest($3::uuid[], $4::bigint[]) AS entry (id, score)`

const Rows = z.array(z.object({ id: z.string(), score: z.number() }))

/** Defines a board that keeps the best score, and puts players into it past the API. */
export async function fillBoard(
  { stack, demo }: Site,
  board: string,
  count: number,
): Promise<{ playerId: string; score: number }[]> {
  const defined = await fetch(`${stack.urls.api}/api/v1/leaderboards/${board}`, {
    method: 'PUT',
    headers: { 'x-api-key': demo.secret_key, 'content-type': 'application/json' },
    body: JSON.stringify({ order: 'desc', keep: 'best' }),
  })
  if (!defined.ok) throw new Error(`the board was not made: ${await defined.text()}`)
  const client = new pg.Client({ connectionString: stack.urls.database })
  await client.connect()
  try {
    const added = await client.query(addPlayers, [demo.environment_id, count])
    const entries = Rows.parse(added.rows).map(({ id, score }) => ({
      playerId: id,
      score: Math.floor(score),
    }))
    const ids = entries.map(entry => entry.playerId)
    const scores = entries.map(entry => entry.score)
    await client.query(addEntries, [demo.environment_id, board, ids, scores])
    return entries
  } finally {
    await client.end()
  }
}
