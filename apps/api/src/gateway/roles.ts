import { keyScopes, type Scope, scopes, studioScopes } from '@aethex/shared/http'

const reading = scopes.filter(scope => scope.endsWith(':read'))
const without = (all: readonly Scope[], ...left: Scope[]) => all.filter(one => !left.includes(one))

/** What each role allows. Only an owner changes owners, and only an owner deletes the organisation. */
export const roleScopes = {
  owner: scopes,
  admin: without(scopes, 'billing:write'),
  developer: [
    ...keyScopes,
    ...without(
      studioScopes,
      'organization:write',
      'members:write',
      'projects:write',
      'keys:write',
      'audit:read',
      'billing:read',
      'billing:write',
    ),
  ],
  live_ops: [
    ...reading.filter(scope => scope !== 'audit:read' && scope !== 'billing:read'),
    'settings:write',
    'leaderboards:write',
    'webhooks:write',
    'players:write',
    'chat:moderate',
  ],
  support: [
    'organization:read',
    'projects:read',
    'players:read',
    'players:write',
    'players:ban',
    'chat:moderate',
    'saves:read',
    'documents:read',
    'privacy:read',
    'privacy:write',
  ],
  analyst: [
    'organization:read',
    'projects:read',
    'analytics:read',
    'leaderboards:read',
    'ratings:read',
    'usage:read',
  ],
  billing: ['organization:read', 'projects:read', 'billing:read', 'billing:write', 'usage:read'],
} as const satisfies Record<string, readonly Scope[]>

export type Role = keyof typeof roleScopes

export const roles = Object.keys(roleScopes) as Role[]

/** What belonging to an organisation allows there, even to who works through teams only. Every role has these. */
export const membershipScopes = [
  'organization:read',
  'projects:read',
] as const satisfies readonly Scope[]

/** What several roles allow together. */
export const scopesOf = (held: readonly Role[]): ReadonlySet<Scope> =>
  new Set(held.flatMap(role => [...roleScopes[role]]))

/** Nobody grants what they lack, and only an owner makes owners. */
export function mayGrant(held: readonly Role[], granted: Role): boolean {
  if (granted === 'owner') return held.includes('owner')
  const own = scopesOf(held)
  return roleScopes[granted].every(scope => own.has(scope))
}
