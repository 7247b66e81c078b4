import { type Db, statement } from '@aethex/shared/db'

// The name goes back to the project at once; an id is a name that nobody can ask for.
const closeEnvironments = statement<never>(
  'projects.close_environments',
  'UPDATE environment SET deleted_at = now(), name = id::text WHERE id = ANY($1)',
)
const closeProject = statement<{ organization_id: string }>(
  'projects.close',
  'UPDATE project SET deleted_at = now() WHERE id = ANY($1)',
)
const dropTeams = statement<never>(
  'projects.drop_teams',
  'DELETE FROM team_project WHERE project_id = ANY($1)',
)
const openIn = statement<{ id: string }>(
  'projects.open_in',
  'SELECT id FROM project WHERE organization_id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
)
const openEnvironments = statement<{ id: string }>(
  'projects.open_environments',
  'SELECT id FROM environment WHERE project_id = ANY($1) AND deleted_at IS NULL',
)
const revokeKeys = statement<{ id: string }>(
  'projects.revoke_keys',
  `UPDATE api_key SET revoked_at = now()
   WHERE environment_id = ANY($1) AND revoked_at IS NULL RETURNING id`,
)
const endSessions = statement<{ environment_id: string; id: string; player_id: string }>(
  'projects.end_sessions',
  `UPDATE player_session SET revoked_at = now(), revoked_reason = 'environment deleted'
   WHERE (environment_id, id) IN (SELECT environment_id, id FROM player_session
     WHERE environment_id = ANY($1) AND revoked_at IS NULL AND expires_at > now()
     LIMIT $2 FOR UPDATE SKIP LOCKED)
   RETURNING environment_id, id, player_id`,
)

/** From here on no id of these environments leads anywhere, and no key of theirs is live. Answers the keys. */
export async function closeEnvironmentRows(environmentIds: readonly string[], tx: Db) {
  await tx.one(closeEnvironments, [environmentIds])
  return (await tx.all(revokeKeys, [environmentIds])).map(({ id }) => id)
}

export async function closeProjectRows(projectIds: readonly string[], tx: Db): Promise<void> {
  await tx.one(closeProject, [projectIds])
  await tx.one(dropTeams, [projectIds])
}

/** The projects of an organisation, held until the transaction ends. */
export const openProjectsOf = async (organizationId: string, tx: Db) =>
  (await tx.all(openIn, [organizationId])).map(({ id }) => id)

export const openEnvironmentsOf = async (projectIds: readonly string[], tx: Db) =>
  (await tx.all(openEnvironments, [projectIds])).map(({ id }) => id)

/** Ends up to `limit` player sessions of closed environments, and says which. */
export const endSessionsIn = (environmentIds: readonly string[], tx: Db, limit: number) =>
  tx.all(endSessions, [environmentIds, limit])
