import { setTimeout as wait } from 'node:timers/promises'
import { freshEnvironment, freshPlayer, type SharedStack } from '@aethex/shared/testing'
import { expect } from 'vitest'
import { FindingList, type NewRun, RunAnswer } from '../progress/format-runs/schema.js'
import { type Caller, callerOf } from './caller.js'
import type { Stored } from './stored.js'
import { asMember } from './studio.js'

/** Gold becomes coins; a save without gold fails in line 2. */
const toCoins = `export default function migrate({ gold, ...save }) {
  return { ...save, coins: gold.valueOf() }
}`

/** A studio of its own with one player, who has saves to bring to another format. */
export async function openFormatStage(stack: SharedStack, stored: Stored) {
  const home = await freshEnvironment(stack)
  const owner = asMember(stack.api_url, home.memberToken)
  const server = callerOf(stack.api_url, { 'x-api-key': home.secretKey })
  const playerId = (await freshPlayer(home)).id
  const studio = `/studio/environments/${home.environmentId}`
  const runs = `${studio}/save-format-runs`

  const start = (run: Partial<NewRun> = {}, headers?: Record<string, string>) =>
    owner('POST', runs, { kind: 'dry', schema_version: 1, per_second: 1_000, ...run }, headers)
  const runOf = ({ body }: Awaited<ReturnType<Caller>>) => RunAnswer.parse(body).run
  const look = async (id: string) => runOf(await owner('GET', `${runs}/${id}`))
  const until = async (id: string, isThere: (run: Awaited<ReturnType<typeof look>>) => boolean) => {
    for (;;) {
      const run = await look(id)
      if (isThere(run)) return run
      await wait(50)
    }
  }
  const finished = (id: string) => until(id, ({ state }) => state !== 'running')
  return {
    home,
    owner,
    server,
    playerId,
    studio,
    runs,
    start,
    runOf,
    look,
    until,
    finished,
    register: (from: number, source = toCoins) =>
      owner('PUT', `${studio}/save-formats/${from}`, { source }),
    async write(slot: string, data: unknown, schema_version = 0) {
      const body = { save_id: slot, data, schema_version }
      expect((await server('POST', `/saves/${playerId}`, body)).status).toBe(201)
    },
    read: async (slot: string) => Object((await server('GET', `/saves/${playerId}/${slot}`)).body),
    history: async (slot: string) =>
      Object((await server('GET', `/saves/${playerId}/history?save_id=${slot}`)).body).items,
    carriedOut: async (run: Partial<NewRun> = {}) => finished(runOf(await start(run)).run_id),
    findings: async (id: string, query = '') =>
      FindingList.parse((await owner('GET', `${runs}/${id}/findings${query}`)).body),
    async countVersions() {
      const [row] = await stored.rows(
        'SELECT count(*)::int AS count FROM save_version WHERE environment_id = $1',
        home.environmentId,
      )
      return row?.count
    },
  }
}
