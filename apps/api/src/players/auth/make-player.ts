import { randomInt } from 'node:crypto'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import type { Parts } from '../../gateway/context.js'
import { newAccountClaims } from './guess-budgets.js'
import { emailKey, usernameKey } from './identity-keys.js'
import { assertNameAllowed } from './names.js'
import { Username } from './schema.js'
import { addPlayer, addVerifiedEmailIfFree, type PlayerRow } from './store.js'
import { asTaken } from './taken.js'
import { welcomePlayer } from './welcome.js'

/** What a provider calls somebody, as far as a username can be made of it. */
const usable = (wanted: string) => {
  // A provider may let a name be as long as it likes; trimming one of a hundred thousand signs takes seconds.
  const cleaned = wanted
    .slice(0, 200)
    .normalize('NFKC')
    .replaceAll(/[^\p{L}\p{M}\p{N} _.-]+/gu, '')
    .replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$/gu, '')
  return [...cleaned].slice(0, 26).join('').trim()
}

const digits = (count: number) => String(randomInt(10 ** count)).padStart(count, '0')

/** The wished name first, then with digits behind it, then one that says nothing. */
function nameFor(wanted: string, attempt: number): string {
  const base = usable(wanted)
  const asIs = Username.safeParse(wanted).success ? wanted : base
  const wish = attempt === 0 ? asIs : `${base}-${digits(4)}`
  return attempt < 3 && Username.safeParse(wish).success ? wish : `player-${digits(9)}`
}

const isRefusedName = (error: unknown) =>
  error instanceof Problem && ['username_taken', 'invalid_request'].includes(error.code)

export interface PlayerWish {
  /** Becomes the username, with digits behind it when it is taken. */
  name: string | null
  /** Verified by whoever sent it; kept only when no other account has it. */
  email: string | null
}

const attempts = 5

type Making = Pick<Parts, 'db' | 'limits' | 'usage' | 'now' | 'publicUrl'>

/**
 * Makes an account for somebody who signs in without a password; `alongside` writes, in the same transaction, what
 * they sign in with. Undefined, and nothing made, when that answers false: somebody else has it.
 */
export async function makePlayer(
  parts: Making,
  environmentId: string,
  wish: PlayerWish,
  alongside: (tx: Db, playerId: string) => Promise<boolean>,
): Promise<PlayerRow | undefined> {
  await parts.limits.takeAll(newAccountClaims(environmentId))
  for (let attempt = 0; ; attempt++) {
    try {
      return await insert(parts, environmentId, nameFor(wish.name ?? '', attempt), wish, alongside)
    } catch (error) {
      if (error instanceof Forestalled) return undefined
      if (attempt >= attempts || !isRefusedName(error)) throw error
    }
  }
}

class Forestalled extends Error {}

async function insert(
  parts: Making,
  environmentId: string,
  username: string,
  { email }: PlayerWish,
  alongside: (tx: Db, playerId: string) => Promise<boolean>,
): Promise<PlayerRow> {
  const player = { id: uuidv7(), username }
  await assertNameAllowed(environmentId, parts.db, username)
  return parts.db.transaction(async tx => {
    const key = usernameKey(username)
    const createdAt = await addPlayer(environmentId, tx, { ...player, usernameKey: key }).catch(
      error => {
        throw asTaken(error)
      },
    )
    if (!(await alongside(tx, player.id))) throw new Forestalled()
    await welcomePlayer(parts, environmentId, tx, player.id)
    const verifiedAt =
      email === null
        ? undefined
        : await addVerifiedEmailIfFree(environmentId, tx, player.id, email, emailKey(email))
    return {
      ...player,
      email: verifiedAt === undefined ? null : email,
      email_verified_at: verifiedAt ?? null,
      avatar_url: null,
      profile_version: 1,
      created_at: createdAt,
    }
  })
}
