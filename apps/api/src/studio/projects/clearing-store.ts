import { type Db, statement } from '@aethex/shared/db'

const closed = statement<{ id: string; is_ripe: boolean }>(
  'projects.closed_environments',
  `SELECT id, deleted_at < now() - interval '5 minutes' AS is_ripe
   FROM environment WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 20`,
)
const players = statement<{ id: string }>(
  'projects.players_left',
  'SELECT id FROM player WHERE environment_id = $1 LIMIT $2',
)
const removePlayers = statement<never>(
  'projects.remove_players',
  'DELETE FROM player WHERE environment_id = $1 AND id = ANY($2)',
)
// Whoever adds a table that goes with its tenant need not think of this file.
const childrenOf = statement<{ name: string; reference: string }>(
  'projects.tables_below',
  `SELECT c.conrelid::regclass::text AS name, quote_ident(a.attname) AS reference
   FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
   WHERE c.contype = 'f' AND c.confdeltype = 'c' AND c.confrelid = $1::regclass
     AND array_length(c.conkey, 1) = 1`,
)
const removeEnvironment = statement<never>(
  'projects.remove_environment',
  'DELETE FROM environment WHERE id = $1 AND deleted_at IS NOT NULL',
)
const emptyProjects = statement<{ id: string }>(
  'projects.empty',
  `SELECT id FROM project p WHERE deleted_at < now() - interval '5 minutes'
     AND NOT EXISTS (SELECT FROM environment e WHERE e.project_id = p.id) LIMIT 20`,
)
const removeProject = statement<never>('projects.remove', 'DELETE FROM project WHERE id = $1')
const emptyOrganizations = statement<{ id: string }>(
  'projects.empty_organizations',
  `SELECT id FROM organization o WHERE deleted_at < now() - interval '5 minutes'
     AND NOT EXISTS (SELECT FROM project p WHERE p.organization_id = o.id) LIMIT 20`,
)
const removeOrganization = statement<never>(
  'projects.remove_organization',
  'DELETE FROM organization WHERE id = $1',
)

/**
 * Deleted environments whose rows are still here, of all tenants. Ripe ones may lose their keys' rows as well: by then
 * every process has heard that they are revoked.
 */
export const listClosedEnvironments = (db: Db) => db.all(closed, [])

export const listPlayersLeft = async (environmentId: string, db: Db, limit: number) =>
  (await db.all(players, [environmentId, limit])).map(({ id }) => id)

export const removePlayerRows = (environmentId: string, db: Db, ids: readonly string[]) =>
  db.one(removePlayers, [environmentId, ids])

const parents = {
  environment: removeEnvironment,
  project: removeProject,
  organization: removeOrganization,
}
export type Parent = keyof typeof parents

/** The tables whose rows go with a row of `parent`. */
export const tablesBelow = (parent: Parent, db: Db) => db.all(childrenOf, [parent])

/** Removes up to `limit` rows of such a table. Answers how many there were. */
export async function removeSomeRows(
  parentId: string,
  db: Db,
  { name, reference }: { name: string; reference: string },
  limit: number,
): Promise<number> {
  const some = statement<{ one: number }>(
    '',
    `DELETE FROM ${name} WHERE ctid IN (SELECT ctid FROM ${name} WHERE ${reference} = $1 LIMIT $2)
     RETURNING 1 AS one`,
  )
  return (await db.all(some, [parentId, limit])).length
}

export const removeParent = (parentId: string, db: Db, parent: Parent) =>
  db.one(parents[parent], [parentId])

export const listEmptyProjects = async (db: Db) =>
  (await db.all(emptyProjects, [])).map(({ id }) => id)

export const listEmptyOrganizations = async (db: Db) =>
  (await db.all(emptyOrganizations, [])).map(({ id }) => id)
