import { notFound, Problem } from '@aethex/shared/errors'
import type { PathParams, Scope } from '@aethex/shared/http'
import type { Parts, Tenant } from '../../gateway/context.js'
import { membershipScopes, scopesOf } from '../../gateway/roles.js'
import { findStanding } from './store.js'

/** The tenant that a path names. Of several, the innermost counts. */
const placeIn = (params: PathParams) =>
  (['environment_id', 'project_id', 'organization_id'] as const)
    .map(kind => ({ kind, id: params[kind] }))
    .find((place): place is { kind: typeof place.kind; id: string } => typeof place.id === 'string')

/**
 * Where a member stands in the tenant that the path names; undefined when it names none. Asked anew at every request:
 * a role that was taken away is gone at the next one. Throws `not_found` to who does not belong there,
 * `mfa_required` when the organisation wants a second factor, and `insufficient_scope`.
 */
export async function admitMember(
  parts: Parts,
  member: { memberId: string; sessionId: string },
  params: PathParams,
  scope: Scope | undefined,
): Promise<Tenant | undefined> {
  const place = placeIn(params)
  if (place === undefined) return undefined
  const standing = await findStanding(parts.db, member, place)
  if (standing === undefined) throw notFound()
  // Who works through teams only belongs to the organisation, but not to a project that no team of theirs works on.
  if (place.kind !== 'organization_id' && standing.roles.length === 0) throw notFound()
  // The outer ids of the path must be those that the innermost one belongs to.
  const { organization_id = standing.organization_id, project_id = standing.project_id } = params
  if (organization_id !== standing.organization_id || project_id !== standing.project_id) {
    throw notFound()
  }
  if (standing.mfa_required && !standing.has_mfa) throw new Problem('mfa_required')
  const held = new Set<Scope>([...membershipScopes, ...scopesOf(standing.roles)])
  if (scope !== undefined && !held.has(scope)) {
    throw new Problem('insufficient_scope', { detail: `Your role lacks the scope ${scope}.` })
  }
  return {
    organizationId: standing.organization_id,
    projectId: standing.project_id,
    environmentId: standing.environment_id,
    roles: standing.roles,
    scopes: held,
  }
}
