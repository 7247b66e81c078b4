import { type AuditEntry, genesisHash, sealOf } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import {
  addLinks,
  findHeads,
  leadsSealing,
  listWaiting,
  type NewLink,
  platformChain,
} from './chain-store.js'

const pageSize = 500

/** The links of these entries, each behind the head of its organisation's chain. */
async function linksFor(tx: Db, entries: readonly AuditEntry[]): Promise<NewLink[]> {
  const chainOf = (entry: AuditEntry) => entry.organization_id ?? platformChain
  const known = await findHeads([...new Set(entries.map(chainOf))], tx)
  const heads = new Map(known.map(head => [head.chain, head]))
  return entries.map(entry => {
    const chain = chainOf(entry)
    const { seq, hash: previous } = heads.get(chain) ?? { seq: 0, hash: genesisHash }
    const head = { chain, seq: seq + 1, hash: sealOf(seq + 1, previous, entry) }
    heads.set(chain, head)
    return { ...head, previous, entryId: entry.id }
  })
}

/** Gives every entry that waits its link. Of several processes that try one does it. */
export async function sealAuditLog(db: Db): Promise<void> {
  for (;;) {
    const sealed = await db.transaction(async tx => {
      if (!(await leadsSealing(tx))) return 0
      const entries = await listWaiting(tx, pageSize)
      if (entries.length > 0) await addLinks(await linksFor(tx, entries), tx)
      return entries.length
    })
    if (sealed < pageSize) return
  }
}
