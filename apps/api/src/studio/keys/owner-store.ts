import { type Db, statement } from '@aethex/shared/db'

export interface OwnerRow {
  email: string
  name: string
  project: string
  environment: string
}

const owners = statement<OwnerRow>(
  'keys.owners',
  `SELECT m.email, m.name, p.name AS project, e.name AS environment
   FROM environment e JOIN project p ON p.id = e.project_id
   JOIN membership s ON s.organization_id = p.organization_id AND s.role = 'owner'
   JOIN member m ON m.id = s.member_id AND m.deleted_at IS NULL
   WHERE e.id = $1 ORDER BY s.created_at LIMIT 10`,
)

/** Who owns the organisation of an environment, and what the environment is called. */
export const listOwners = (environmentId: string, db: Db) => db.all(owners, [environmentId])
