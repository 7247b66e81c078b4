import { type Db, statement } from '../db/index.js'
import { isOwned, type Owner, ownerValues } from './owner.js'

/** A passkey as its owner sees it. */
export interface PasskeyRow {
  id: string
  name: string
  transports: string[]
  backed_up: boolean
  created_at: Date
  last_used_at: Date | null
}

/** As it is told on the wire. */
export const toPasskey = (row: PasskeyRow) => ({
  id: row.id,
  name: row.name,
  transports: row.transports,
  backed_up: row.backed_up,
  created_at: row.created_at.toISOString(),
  last_used_at: row.last_used_at?.toISOString() ?? null,
})

/** What an assertion is judged by. */
export interface CredentialRow {
  id: string
  account_id: string
  public_key: Buffer
  counter: number
}

export interface NewPasskey {
  id: string
  name: string
  credentialId: Buffer
  publicKey: Buffer
  counter: number
  transports: readonly string[]
  backedUp: boolean
}

/** Where the passkeys of one kind of account are kept. */
export type PasskeyRows = ReturnType<typeof passkeyRows>

/**
 * The statements over a table of passkeys. The last of the `owner` columns is the account, those before it are
 * the realm in which a credential is unique.
 */
export function passkeyRows(tables: { passkeys: string; owner: readonly string[] }) {
  const { passkeys, owner: columns } = tables
  const realmColumns = columns.slice(0, -1)
  const owned = isOwned(columns)
  const next = (offset: number) => `$${columns.length + offset}`
  const seen = 'id, name, transports, backed_up, created_at, last_used_at'
  const inRealm = [...realmColumns, 'credential_id']
    .map((column, index) => `${column} = $${index + 1}`)
    .join(' AND ')
  const after = (offset: number) => `$${realmColumns.length + 1 + offset}`

  const insert = statement<PasskeyRow>(
    `${passkeys}.insert`,
    `INSERT INTO ${passkeys}
       (${columns.join(', ')}, id, name, credential_id, public_key, counter, transports, backed_up)
     VALUES (${ownerValues(columns)}, ${[1, 2, 3, 4, 5, 6, 7].map(next).join(', ')})
     RETURNING ${seen}`,
  )
  const list = statement<PasskeyRow & { credential_id: Buffer }>(
    `${passkeys}.list`,
    `SELECT ${seen}, credential_id FROM ${passkeys} WHERE ${owned} ORDER BY id`,
  )
  const find = statement<CredentialRow>(
    `${passkeys}.find`,
    `SELECT id, ${columns.at(-1)} AS account_id, public_key, counter FROM ${passkeys} WHERE ${inRealm}`,
  )
  // WebAuthn §7.2 step 22: a counter that does not grow is the mark of a copied key. Some keys do not count at all.
  const use = statement<{ done: number }>(
    `${passkeys}.use`,
    `UPDATE ${passkeys} SET counter = ${after(1)}, backed_up = ${after(2)}, last_used_at = ${after(3)}
     WHERE ${inRealm} AND (counter < ${after(1)} OR (counter = 0 AND ${after(1)} = 0)) RETURNING 1 AS done`,
  )
  const rename = statement<PasskeyRow>(
    `${passkeys}.rename`,
    `UPDATE ${passkeys} SET name = ${next(2)} WHERE ${owned} AND id = ${next(1)} RETURNING ${seen}`,
  )
  const remove = statement<{ id: string }>(
    `${passkeys}.remove`,
    `DELETE FROM ${passkeys} WHERE ${owned} AND id = ${next(1)} RETURNING id`,
  )
  const drop = statement<{ id: string }>(
    `${passkeys}.drop`,
    `DELETE FROM ${passkeys} WHERE ${owned} RETURNING id`,
  )

  return {
    /** Throws the unique violation of the credential. */
    add: async (owner: Owner, tx: Db, passkey: NewPasskey): Promise<PasskeyRow> => {
      const { id, name, credentialId, publicKey, counter, transports, backedUp } = passkey
      const made = [id, name, credentialId, publicKey, counter, transports, backedUp]
      const row = await tx.one(insert, [...owner, ...made])
      if (row === undefined) throw new Error('the passkey was not inserted')
      return row
    },
    list: (owner: Owner, db: Db) => db.all(list, [...owner]),
    find: (realm: readonly string[], db: Db, credentialId: Buffer) =>
      db.one(find, [...realm, credentialId]),
    /** False when the counter has not grown. */
    use: async (
      realm: readonly string[],
      db: Db,
      credentialId: Buffer,
      seenNow: { counter: number; backedUp: boolean; at: Date },
    ) => {
      const { counter, backedUp, at } = seenNow
      return (await db.one(use, [...realm, credentialId, counter, backedUp, at])) !== undefined
    },
    rename: (owner: Owner, tx: Db, id: string, name: string) =>
      tx.one(rename, [...owner, id, name]),
    /** False when there is no such passkey. */
    remove: async (owner: Owner, tx: Db, id: string) =>
      (await tx.one(remove, [...owner, id])) !== undefined,
    /** Answers how many there were. */
    drop: async (owner: Owner, tx: Db) => (await tx.all(drop, [...owner])).length,
  }
}
