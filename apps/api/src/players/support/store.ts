import { type Db, statement } from '@aethex/shared/db'

export interface AccountRow {
  id: string
  username: string
  avatar_url: string | null
  locale: string | null
  email: string | null
  verified_at: Date | null
  created_at: Date
  has_password: boolean
  has_totp: boolean
  saves: number
  scores: number
  live_sessions: number
  identities: number
  passkeys: number
  bans: number
  notes: number
}

const count = (table: string, condition = 'true') =>
  `(SELECT count(*) FROM ${table} t WHERE t.environment_id = $1 AND t.player_id = $2 AND ${condition})`

const findAccountRow = statement<AccountRow>(
  'support.account',
  `SELECT p.id, p.username, p.avatar_url, p.locale, m.email, m.verified_at, p.created_at,
     ${count('password_credential')} > 0 AS has_password,
     ${count('player_totp', 't.confirmed_at IS NOT NULL')} > 0 AS has_totp,
     ${count('save_slot', 'NOT t.deleted')} AS saves,
     (SELECT count(*) FROM leaderboard b JOIN leaderboard_entry e ON e.environment_id = b.environment_id
       AND e.board_id = b.board_id AND e.player_id = $2 WHERE b.environment_id = $1) AS scores,
     ${count('player_session', 't.revoked_at IS NULL AND t.expires_at > $3')} AS live_sessions,
     ${count('player_identity')} AS identities, ${count('player_passkey')} AS passkeys,
     ${count('player_ban')} AS bans, ${count('player_note')} AS notes
   FROM player p LEFT JOIN player_email m ON m.environment_id = p.environment_id AND m.player_id = p.id
   WHERE p.environment_id = $1 AND p.id = $2`,
)

export const findAccount = (environmentId: string, db: Db, playerId: string, now: Date) =>
  db.one(findAccountRow, [environmentId, playerId, now])

const findPassword = statement<{ player_id: string }>(
  'support.find_password',
  'SELECT player_id FROM password_credential WHERE environment_id = $1 AND player_id = $2',
)

export const playerHasPassword = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(findPassword, [environmentId, playerId])) !== undefined

const identities = statement<{
  provider: string
  subject: string
  display_name: string | null
  linked_at: Date
}>(
  'support.identities',
  `SELECT provider, subject, display_name, linked_at FROM player_identity
   WHERE environment_id = $1 AND player_id = $2 ORDER BY linked_at LIMIT 100`,
)
const sessions = statement<{
  id: string
  method: string
  device_name: string | null
  created_at: Date
  last_seen_at: Date
  expires_at: Date
  revoked_at: Date | null
  revoked_reason: string | null
}>(
  'support.sessions',
  `SELECT id, method, device_name, created_at, last_seen_at, expires_at, revoked_at, revoked_reason
   FROM player_session WHERE environment_id = $1 AND player_id = $2
   ORDER BY created_at DESC LIMIT 50`,
)
const devices = statement<{ created_at: Date }>(
  'support.devices',
  `SELECT created_at FROM device_credential WHERE environment_id = $1 AND player_id = $2
   ORDER BY created_at DESC LIMIT 50`,
)
const consents = statement<{ purpose: string; granted: boolean; decided_at: Date }>(
  'support.consents',
  `SELECT purpose::text AS purpose, granted, decided_at FROM consent
   WHERE environment_id = $1 AND player_id = $2 ORDER BY purpose`,
)

export const listIdentities = (environmentId: string, db: Db, playerId: string) =>
  db.all(identities, [environmentId, playerId])
export const listSessions = (environmentId: string, db: Db, playerId: string) =>
  db.all(sessions, [environmentId, playerId])
export const listDevices = (environmentId: string, db: Db, playerId: string) =>
  db.all(devices, [environmentId, playerId])
export const listConsents = (environmentId: string, db: Db, playerId: string) =>
  db.all(consents, [environmentId, playerId])

export interface NoteRow {
  id: string
  text: string
  author_kind: string
  author_id: string | null
  created_at: Date
}

const noteColumns = 'id, text, author_kind, author_id, created_at'

const insertNote = statement<NoteRow>(
  'support.insert_note',
  `INSERT INTO player_note (environment_id, id, player_id, text, author_kind, author_id, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${noteColumns}`,
)
const notes = statement<NoteRow>(
  'support.list_notes',
  `SELECT ${noteColumns} FROM player_note
   WHERE environment_id = $1 AND player_id = $2 AND ($3::uuid IS NULL OR id < $3)
   ORDER BY id DESC LIMIT $4`,
)
const forgetNotes = statement<{ id: string }>(
  'support.forget_notes',
  'DELETE FROM player_note WHERE environment_id = $1 AND player_id = $2 RETURNING id',
)

export async function addNote(
  environmentId: string,
  tx: Db,
  playerId: string,
  note: { id: string; text: string; author: { kind: string; id?: string }; now: Date },
): Promise<NoteRow> {
  const { id, text, author, now } = note
  const values = [environmentId, id, playerId, text, author.kind, author.id ?? null, now]
  const row = await tx.one(insertNote, values)
  if (row === undefined) throw new Error('the note was not inserted')
  return row
}

/** The notes about a player, newest first, older than the note `before`. */
export const listNotes = (
  environmentId: string,
  db: Db,
  playerId: string,
  before: string | undefined,
  limit: number,
) => db.all(notes, [environmentId, playerId, before ?? null, limit])

const moveNote = statement<{ id: string }>(
  'support.move_notes',
  `UPDATE player_note SET player_id = $3 WHERE environment_id = $1 AND player_id = $2
     AND ($4::uuid[] IS NULL OR id = ANY($4::uuid[])) RETURNING id`,
)

/** Gives the notes about one account to another: all, or those. Answers which. */
export const moveNotes = async (
  environmentId: string,
  tx: Db,
  way: { from: string; to: string },
  only?: readonly string[],
) => (await tx.all(moveNote, [environmentId, way.from, way.to, only ?? null])).map(({ id }) => id)

export const removeNotes = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(forgetNotes, [environmentId, playerId])).length
