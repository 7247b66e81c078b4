import { type Database, type Db, statement } from '@aethex/shared/db'

const insert = statement<{ created_at: Date }>(
  'organizations.insert',
  'INSERT INTO organization (id, name) VALUES ($1, $2) RETURNING created_at',
)
const insertOwner = statement<never>(
  'organizations.insert_owner',
  "INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, 'owner')",
)

/** The organisation with its first member as owner. Answers when it was made. */
export async function addOrganization(
  organizationId: string,
  tx: Db,
  name: string,
  ownerId: string,
) {
  const row = await tx.one(insert, [organizationId, name])
  await tx.one(insertOwner, [organizationId, ownerId])
  if (row === undefined) throw new Error('the organisation was not inserted')
  return row.created_at
}

/** The memberships of a member, oldest organisation first, after the organisation `after`. */
export const listMemberships = (
  memberId: string,
  db: Database,
  after: string | undefined,
  limit: number,
) =>
  db.prisma.membership.findMany({
    where: {
      member_id: memberId,
      ...(after === undefined ? {} : { organization_id: { gt: after } }),
    },
    include: { organization: true },
    orderBy: { organization_id: 'asc' },
    take: limit,
  })

export const findMembership = (organizationId: string, db: Database, memberId: string) =>
  db.prisma.membership.findUnique({
    where: { organization_id_member_id: { organization_id: organizationId, member_id: memberId } },
  })
