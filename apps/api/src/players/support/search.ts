import { Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { z } from 'zod'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { text } from '../../gateway/shapes.js'
import { emailKey, usernameKey } from '../auth/service.js'
import {
  type FoundRow,
  findByEmail,
  findById,
  findByIdentity,
  findByUsername,
  listNewest,
} from './search-store.js'

type By = 'id' | 'email' | 'username' | 'identity'

/** What of an account decides its tier. */
interface WaysIn {
  email: string | null
  verified_at: Date | null
  has_other_way: boolean
}

export function tierOf({ email, verified_at, has_other_way }: WaysIn) {
  if (verified_at !== null) return 'verified' as const
  return email !== null || has_other_way ? ('registered' as const) : ('guest' as const)
}

const toFound = (row: FoundRow) => ({
  id: row.id,
  username: row.username,
  email: row.email,
  email_verified: row.verified_at !== null,
  tier: tierOf(row),
  banned: row.banned,
  created_at: row.created_at.toISOString(),
})

const isId = (q: string) => z.uuid().safeParse(q).success

function guess(q: string): By {
  if (isId(q)) return 'id'
  if (q.includes('@')) return 'email'
  return q.includes(':') ? 'identity' : 'username'
}

/** `oidc:acme:42` may mean the provider `oidc:acme` or the subject `acme:42`: every reading is looked up. */
function readingsOf(q: string) {
  const colons = [...q.matchAll(/:/g)].map(match => match.index)
  if (colons.length === 0) {
    throw new Problem('invalid_request', {
      detail: '`q` is provider:subject when it looks for an identity.',
      errors: [{ pointer: 'query/q', reason: 'is not provider:subject' }],
    })
  }
  return colons.map(at => ({ provider: q.slice(0, at), subject: q.slice(at + 1) }))
}

interface Search {
  q?: string | undefined
  by?: By | undefined
  limit: number
  cursor?: string | undefined
}

/**
 * The players who fit: by id or identity exactly, by e-mail or name as it begins, in the order of what was searched;
 * without `q` the newest.
 */
export async function searchPlayers(ctx: Ctx, search: Search) {
  const environmentId = environmentOf(ctx)
  const { q, limit, cursor } = search
  const by = search.by ?? (q === undefined ? undefined : guess(q))
  const now = ctx.now()
  const rows = await ctx.db.within(environmentId, async tx => {
    if (q === undefined || by === undefined) {
      const before = cursor === undefined ? undefined : decodeCursor(z.uuid(), cursor)
      return listNewest(environmentId, tx, now, before, limit + 1)
    }
    const after = cursor === undefined ? '' : decodeCursor(text(0, 512), cursor)
    switch (by) {
      case 'id':
        return isId(q) ? findById(environmentId, tx, now, q.toLowerCase()) : []
      case 'identity':
        return findByIdentity(environmentId, tx, now, readingsOf(q))
      case 'email':
        return findByEmail(environmentId, tx, now, {
          prefix: emailKey(q),
          after,
          limit: limit + 1,
        })
      case 'username':
        return findByUsername(environmentId, tx, now, {
          prefix: usernameKey(q),
          after,
          limit: limit + 1,
        })
    }
  })
  return pageOf(rows, limit, toFound, row => row.position)
}
