import { z } from 'zod'
import { hashOf, makerOf } from './data-of.js'
import type { FinalSlot, FinalVersion } from './operation.js'

const Save = z.object({
  version: z.int(),
  deleted: z.boolean(),
  hash: z.string().nullable(),
})
type Save = z.output<typeof Save>
const Page = z.object({ items: z.array(Save), next_cursor: z.string().nullable() })
const Read = z.object({ save: Save, data: z.unknown() })

/** Reads everything of a player's slots as the studio's server would. */
export function finalStateReader(
  apiUrl: string,
  { playerId, secretKey, keeps }: { playerId: string; secretKey: string; keeps: number },
) {
  const base = `${apiUrl}/api/v1/saves/${playerId}`

  async function get(path: string): Promise<unknown> {
    const response = await fetch(`${base}${path}`, { headers: { 'x-api-key': secretKey } })
    if (response.status === 404) return undefined
    if (!response.ok)
      throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }

  async function listVersions(slot: string): Promise<Save[]> {
    const versions: Save[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const after: string = cursor === '' ? '' : `&cursor=${cursor}`
      const page = Page.parse(await get(`/history?save_id=${slot}&limit=100${after}`))
      versions.push(...page.items)
      cursor = page.next_cursor
    }
    return versions.reverse()
  }

  async function readVersion(slot: string, save: Save): Promise<FinalVersion> {
    const { version, deleted, hash } = save
    const facts = { version, deleted, hash, operation: undefined, round: 0 }
    if (deleted) return { ...facts, readHash: null }
    const answer = await get(`/${slot}?version=${version}`).catch(() => undefined)
    if (answer === undefined) return { ...facts, readHash: undefined }
    const { data } = Read.parse(answer)
    const maker = makerOf(data)
    return { ...facts, readHash: hashOf(data), operation: maker?.op, round: maker?.round ?? 0 }
  }

  /** Of a deleted slot nothing can be read: a version that is no part of the history any more brings it back. */
  async function revive(slot: string, tombstone: number): Promise<void> {
    const response = await fetch(base, {
      method: 'POST',
      headers: { 'x-api-key': secretKey, 'content-type': 'application/json' },
      body: JSON.stringify({ save_id: slot, data: 'afterwards', base_version: tombstone }),
    })
    if (!response.ok) throw new Error(`${slot} stays deleted: ${await response.text()}`)
  }

  return async (slot: string): Promise<FinalSlot> => {
    const listed = await listVersions(slot)
    const answer = await get(`/${slot}`)
    const head = answer === undefined ? undefined : Read.parse(answer).save.version
    const newest = listed.at(-1)
    if (newest?.deleted) await revive(slot, newest.version)
    const versions: FinalVersion[] = []
    for (const save of listed) versions.push(await readVersion(slot, save))
    return { slot, versions, keeps, head }
  }
}
