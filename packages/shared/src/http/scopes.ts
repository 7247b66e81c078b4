/** What a secret key may be allowed to do within its environment; members have these by their role, too. */
export const keyScopes = [
  'saves:read',
  'saves:write',
  'documents:read',
  'documents:write',
  'worlds:read',
  'worlds:write',
  'leaderboards:read',
  'leaderboards:write',
  'ratings:read',
  'ratings:write',
  'matchmaking:read',
  'matchmaking:write',
  'rooms:read',
  'rooms:write',
  'analytics:read',
  'analytics:write',
  'chat:moderate',
  'nonces:write',
  'tokens:write',
  'players:read',
  'players:write',
  'players:ban',
  'privacy:read',
  'privacy:write',
  'settings:read',
  'settings:write',
  'webhooks:read',
  'webhooks:write',
  'usage:read',
] as const

/** What only a member may do: these are about the studio, not about one environment. */
export const studioScopes = [
  'organization:read',
  'organization:write',
  'members:read',
  'members:write',
  'projects:read',
  'projects:write',
  'keys:read',
  'keys:write',
  'audit:read',
  'billing:read',
  'billing:write',
] as const

export const scopes = [...keyScopes, ...studioScopes] as const

export type KeyScope = (typeof keyScopes)[number]
export type Scope = (typeof scopes)[number]
