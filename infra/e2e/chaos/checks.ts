import type { TestEnvironment } from '@aethex/shared/testing'
import { createClient } from '@clickhouse/client'
import pg from 'pg'
import { expect } from 'vitest'
import type { SharedStack } from '../shared-stack.js'
import type { Load } from './load.js'

async function get(environment: TestEnvironment, path: string, headers: Record<string, string>) {
  const response = await fetch(`${environment.apiUrl}/api/v1${path}`, { headers })
  expect(response.status, path).toBe(200)
  return Object(await response.json())
}

/** Every acknowledged save reads back, byte for byte, at the version it was told; versions have no hole and no twin. */
export async function expectSavesKept(
  environment: TestEnvironment,
  { players, ledger }: Load,
): Promise<void> {
  for (const player of players) {
    const mine = ledger.saves.filter(save => save.playerId === player.id)
    expect(new Set(mine.map(save => save.version)).size).toBe(mine.length)
    let cursor = ''
    const versions: number[] = []
    do {
      const page = await get(
        environment,
        `/saves/me/history?save_id=slot1&limit=100${cursor}`,
        player.headers,
      )
      versions.push(...page.items.map((item: { version: number }) => item.version))
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`
    } while (cursor !== '')
    expect(versions).toEqual(
      Array.from({ length: versions.length }, (_, index) => versions.length - index),
    )
    for (const save of mine) {
      const read = await get(environment, `/saves/me/slot1?version=${save.version}`, player.headers)
      expect([read.save.hash, read.data]).toEqual([save.hash, save.data])
    }
  }
}

/** No acknowledged score is lost, none is invented, and the ranks are what PostgreSQL alone would say. */
export async function expectScoresKept(
  environment: TestEnvironment,
  stack: SharedStack,
  board: string,
  { players, ledger }: Load,
): Promise<void> {
  const database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
  const { rows } = await database.query(
    `SELECT player_id AS user_id, score::int FROM leaderboard_entry WHERE environment_id = $1 AND board_id = $2
     ORDER BY score DESC, achieved_at, player_id`,
    [environment.environmentId, board],
  )
  await database.end()
  for (const row of rows) {
    const { acked, sent } = ledger.scores.get(row.user_id) ?? { acked: 0, sent: 0 }
    expect(row.score).toBeGreaterThanOrEqual(acked)
    expect(row.score).toBeLessThanOrEqual(sent)
  }
  const [anyone] = players
  const page = await get(environment, `/leaderboards/${board}?limit=100`, anyone?.headers ?? {})
  const shown = page.items.map(({ rank, user_id, score }: Record<string, unknown>) => ({
    rank,
    user_id,
    score,
  }))
  expect(shown).toEqual(rows.map((row, index) => ({ rank: index + 1, ...row })))
}

/**
 * C-SET of a channel: acknowledged ⊆ stored ⊆ sent, each exactly once and under the number it was told; numbers without
 * holes. Answers what is stored, in order.
 */
export async function expectChatKept(
  environment: TestEnvironment,
  { players, ledger }: Load,
  channel: string,
): Promise<string[]> {
  const [anyone] = players
  const stored: { number: number; text: string }[] = []
  for (let more = true; more; ) {
    const path = `/chat/channels/${channel}/messages?limit=100&after=${stored.length}`
    const page = await get(environment, path, anyone?.headers ?? {})
    stored.push(...page.items)
    more = page.more
  }
  expect(stored.map(({ number }) => number)).toEqual(stored.map((_, index) => index + 1))
  const texts = stored.map(({ text }) => text)
  expect(new Set(texts).size).toBe(texts.length)
  expect(texts.filter(text => !ledger.chat.sent.has(text))).toEqual([])
  for (const [text, number] of ledger.chat.acked) expect(texts[number - 1], text).toBe(text)
  return texts
}

/** Acknowledged ⊆ stored ⊆ sent, and each exactly once. Waits for what is still on its way. */
export async function expectEventsKept(
  environment: TestEnvironment,
  stack: SharedStack,
  { ledger }: Load,
): Promise<void> {
  const clickhouse = createClient({ url: stack.clickhouse_url })
  const stored = async () => {
    const answer = await clickhouse.query({
      query:
        'SELECT toString(event_id) AS id FROM events FINAL WHERE environment_id = {environment:UUID}',
      query_params: { environment: environment.environmentId },
      format: 'JSONEachRow',
    })
    return (await answer.json<{ id: string }>()).map(row => row.id)
  }
  let ids: string[] = []
  const giveUpAt = performance.now() + 30_000
  do {
    await new Promise(resolve => setTimeout(resolve, 250))
    ids = await stored()
  } while (performance.now() < giveUpAt && [...ledger.events.acked].some(id => !ids.includes(id)))
  await clickhouse.close()
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter(id => !ledger.events.sent.has(id))).toEqual([])
  expect([...ledger.events.acked].filter(id => !ids.includes(id))).toEqual([])
}
