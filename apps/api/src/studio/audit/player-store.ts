import { type Db, statement } from '@aethex/shared/db'

export interface EntryAbout {
  action: string
  details: unknown
  created_at: Date
  actor_kind: string
  by_player: boolean
}

// Two questions that each have an index, instead of one that has none. More than 10,000 are nobody's.
const aboutPlayer = statement<EntryAbout>(
  'audit.about_player',
  `WITH place AS (SELECT p.organization_id FROM environment e JOIN project p ON p.id = e.project_id
     WHERE e.id = $1)
   SELECT a.action, a.details, a.created_at, a.actor_kind, a.by_player FROM (
     SELECT e.*, true AS by_player FROM audit_entry e JOIN place USING (organization_id)
     WHERE e.environment_id = $1 AND e.actor_kind = 'player' AND e.actor_id = $2::uuid::text
     UNION ALL
     SELECT e.*, false AS by_player FROM audit_entry e JOIN place USING (organization_id)
     WHERE e.environment_id = $1 AND e.target = $2::uuid::text
       AND NOT (e.actor_kind = 'player' AND e.actor_id IS NOT DISTINCT FROM $2::uuid::text)
   ) AS a ORDER BY a.created_at LIMIT 10000`,
)

/** The entries that a player made, and those that are about them, oldest first. */
export const listAbout = (environmentId: string, db: Db, playerId: string) =>
  db.all(aboutPlayer, [environmentId, playerId])
