import { genesisHash, sealOf } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import type { z } from 'zod'
import { listLinks, platformChain } from './chain-store.js'
import type { breaks, Verification } from './schema.js'
import { listStrays, type Position } from './store.js'

type Verdict = z.input<typeof Verification>
type Break = NonNullable<Verdict['first_break']>
type Link = Awaited<ReturnType<typeof listLinks>>[number]

/** A link that somebody noted down earlier, in hexadecimal. */
export interface NotedLink {
  seq: number
  hash: string
}

/** Before everything. */
export const beginning: Position = ['-infinity', platformChain]

const pageSize = 1_000

/** What is wrong with a link that should follow `head`; undefined when it does. */
function flawOf(
  link: Link,
  head: { seq: number; hash: Buffer },
): (typeof breaks)[number] | undefined {
  if (link.seq !== head.seq + 1) return 'link_missing'
  if (!link.prev_hash.equals(head.hash)) return 'link_changed'
  if (link.entry === null) return 'entry_missing'
  return sealOf(link.seq, head.hash, link.entry).equals(link.hash) ? undefined : 'entry_changed'
}

/** An entry that somebody put in without the house: it has no link and waits for none. */
async function findStray(organizationId: string, db: Db): Promise<Break | undefined> {
  for (let after = beginning; ; ) {
    const rows = await listStrays(organizationId, db, after, pageSize)
    const stray = rows.find(row => row.is_stray)
    if (stray) return { reason: 'entry_unsealed', seq: null, entry_id: stray.id }
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageSize) return undefined
    after = [last.created_at, last.id]
  }
}

/**
 * Recomputes the chain of an organisation from its entries, as they are now, up to the first thing that is wrong.
 * A tail that was cut off leaves a shorter chain that is whole: only `noted`, a link from outside, shows it.
 */
export async function verifyChain(
  organizationId: string,
  db: Db,
  noted: NotedLink | undefined,
): Promise<Verdict> {
  let head: { seq: number; hash: Buffer } = { seq: 0, hash: genesisHash }
  const verdict = (found?: Break): Verdict => ({
    intact: found === undefined,
    checked: head.seq,
    head: head.seq === 0 ? null : { seq: head.seq, hash: head.hash.toString('hex') },
    ...(found === undefined ? {} : { first_break: found }),
  })
  for (;;) {
    const links = await listLinks(organizationId, db, head.seq, pageSize)
    for (const link of links) {
      const reason = flawOf(link, head)
      if (reason === 'link_missing') return verdict({ reason, seq: head.seq + 1, entry_id: null })
      if (reason) return verdict({ reason, seq: link.seq, entry_id: link.entry_id })
      head = { seq: link.seq, hash: link.hash }
      if (noted?.seq === head.seq && noted.hash !== head.hash.toString('hex')) {
        return verdict({ reason: 'known_link_missing', seq: noted.seq, entry_id: null })
      }
    }
    if (links.length < pageSize) break
  }
  if (noted !== undefined && noted.seq > head.seq) {
    return verdict({ reason: 'known_link_missing', seq: noted.seq, entry_id: null })
  }
  return verdict(await findStray(organizationId, db))
}
