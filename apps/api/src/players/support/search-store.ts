import { type Db, statement } from '@aethex/shared/db'

export interface FoundRow {
  id: string
  username: string
  email: string | null
  verified_at: Date | null
  has_other_way: boolean
  banned: boolean
  created_at: Date
  /** Where the row stands in its list. */
  position: string
}

/** Columns of a `player p` with its `player_email m`; $2 is the time. */
const columns = `p.id, p.username, m.email, m.verified_at, p.created_at,
  EXISTS (SELECT FROM player_identity i WHERE i.environment_id = p.environment_id AND i.player_id = p.id)
    OR EXISTS (SELECT FROM player_passkey k WHERE k.environment_id = p.environment_id AND k.player_id = p.id)
    AS has_other_way,
  EXISTS (SELECT FROM player_ban b WHERE b.environment_id = p.environment_id AND b.player_id = p.id
    AND b.lifted_at IS NULL AND (b.ends_at IS NULL OR b.ends_at > $2)) AS banned`
const withEmail =
  'LEFT JOIN player_email m ON m.environment_id = p.environment_id AND m.player_id = p.id'
const players = `player p ${withEmail} WHERE p.environment_id = $1`

// A prefix as a range: there is no pattern in which % and _ could mean something, and the unique indexes, which
// compare byte by byte, find its rows. U+10FFFF is no character and stands behind all that are.
const beginsWith = (column: string, prefix: string) =>
  `${column} >= ${prefix} AND ${column} < ${prefix} || U&'\\+10FFFF'`

const byId = statement<FoundRow>(
  'support.by_id',
  `SELECT ${columns}, p.id::text AS position FROM ${players} AND p.id = $3`,
)
const newest = statement<FoundRow>(
  'support.newest',
  `SELECT ${columns}, p.id::text AS position FROM ${players} AND ($3::uuid IS NULL OR p.id < $3)
   ORDER BY p.id DESC LIMIT $4`,
)
const byUsername = statement<FoundRow>(
  'support.by_username',
  `SELECT ${columns}, p.username_key AS position FROM ${players}
     AND ${beginsWith('p.username_key', '$3::text')} AND p.username_key > $4
   ORDER BY p.username_key LIMIT $5`,
)
const byEmail = statement<FoundRow>(
  'support.by_email',
  `SELECT ${columns}, m.email_key AS position FROM player_email m
   JOIN player p ON p.environment_id = m.environment_id AND p.id = m.player_id
   WHERE m.environment_id = $1 AND ${beginsWith('m.email_key', '$3::text')} AND m.email_key > $4
   ORDER BY m.email_key LIMIT $5`,
)
const byIdentity = statement<FoundRow>(
  'support.by_identity',
  `SELECT ${columns}, p.id::text AS position
   FROM unnest($3::text[], $4::text[]) AS wanted(provider, subject)
   JOIN player_identity w ON w.environment_id = $1 AND w.provider = wanted.provider
     AND w.subject = wanted.subject
   JOIN player p ON p.environment_id = w.environment_id AND p.id = w.player_id ${withEmail}`,
)

export const findById = (environmentId: string, db: Db, now: Date, id: string) =>
  db.all(byId, [environmentId, now, id])

/** The newest players, older than the player `before`. */
export const listNewest = (
  environmentId: string,
  db: Db,
  now: Date,
  before: string | undefined,
  limit: number,
) => db.all(newest, [environmentId, now, before ?? null, limit])

/** Players whose name begins so, by name, after the name `after`. */
export const findByUsername = (
  environmentId: string,
  db: Db,
  now: Date,
  page: { prefix: string; after: string; limit: number },
) => db.all(byUsername, [environmentId, now, page.prefix, page.after, page.limit])

/** Players whose e-mail begins so, by e-mail, after the e-mail `after`. */
export const findByEmail = (
  environmentId: string,
  db: Db,
  now: Date,
  page: { prefix: string; after: string; limit: number },
) => db.all(byEmail, [environmentId, now, page.prefix, page.after, page.limit])

/** Players who have one of these accounts elsewhere. */
export const findByIdentity = (
  environmentId: string,
  db: Db,
  now: Date,
  wanted: readonly { provider: string; subject: string }[],
) => {
  const providers = wanted.map(one => one.provider)
  const subjects = wanted.map(one => one.subject)
  return db.all(byIdentity, [environmentId, now, providers, subjects])
}
