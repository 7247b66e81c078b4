import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { z } from 'zod'
import { hashOf } from './data-of.js'

const Written = z.object({ save: z.object({ version: z.int(), hash: z.string() }) })
const Read = z.object({ save: z.object({ hash: z.string() }), data: z.unknown() })
const Refusal = z.object({ code: z.string() })

/** An answer as it came, without any retry. */
export interface Told {
  status: number
  /** Of a refusal. */
  code: string | undefined
  retryAfter: string | null
}

/** A player's slot, and all that was acknowledged of it. */
export interface Ledger {
  playerId: string
  /** What each version was acknowledged with. */
  versions: ReadonlyMap<number, string>
  /** Writes some data upon the newest acknowledged version; a key makes it the same write again. */
  write(write?: { key?: string; data?: unknown; base_version?: number }): Promise<Told>
  /** Ends the slot, whatever is there. */
  end(key: string): Promise<number>
  /** Reads a version; `isWhole` unless an answer of 200 had other bytes than were acknowledged. */
  read(version: number): Promise<Told & { isWhole: boolean }>
}

/** So much that it does not fit between the rows, and does not shrink. */
const largeData = () => ({ id: randomUUID(), filler: randomBytes(30_000).toString('base64') })

/** Metadata lies in the row: with these each version takes a page of the database. */
const largeMetadata = (key: string) =>
  Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [
      `fact${index}`,
      createHash('sha512').update(`${key} ${index}`).digest('hex').repeat(2),
    ]),
  )

async function toldOf(response: Response): Promise<Told & { body: unknown }> {
  const body: unknown = await response.json()
  return {
    status: response.status,
    code: Refusal.safeParse(body).data?.code,
    retryAfter: response.headers.get('retry-after'),
    body,
  }
}

/** @param apiUrl asked on every call: it may change between two of them */
export async function openLedger(
  environment: TestEnvironment,
  apiUrl: () => string,
): Promise<Ledger> {
  const player = await freshPlayer({ ...environment, apiUrl: apiUrl() })
  const versions = new Map<number, string>()
  const newest = () => Math.max(0, ...versions.keys())
  const headers = { ...player.headers, 'content-type': 'application/json' }
  return {
    playerId: player.id,
    versions,
    async write({ key = randomUUID(), data = largeData(), base_version = newest() } = {}) {
      const metadata = largeMetadata(key)
      const body = JSON.stringify({ save_id: 'slot', data, base_version, metadata })
      const response = await fetch(`${apiUrl()}/api/v1/saves/me`, {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': key },
        body,
      })
      const told = await toldOf(response)
      const written = Written.safeParse(told.body).data
      if (written !== undefined) versions.set(written.save.version, hashOf(data))
      return told
    },
    async end(key) {
      const slot = `${apiUrl()}/api/v1/saves/me/slot`
      const ending = { ...player.headers, 'idempotency-key': key }
      return (await fetch(slot, { method: 'DELETE', headers: ending })).status
    },
    async read(version) {
      const response = await fetch(`${apiUrl()}/api/v1/saves/me/slot?version=${version}`, {
        headers,
      })
      const told = await toldOf(response)
      const read = Read.safeParse(told.body).data
      const isWhole = read === undefined || hashOf(read.data) === versions.get(version)
      return { ...told, isWhole: isWhole && (told.status !== 200 || read !== undefined) }
    },
  }
}
