/** A guard that is switched off, and the test that must notice. */
export interface Mutant {
  guard: string
  /** The source that is changed, in memory only. */
  file: string
  /** What stands there, once and exactly. */
  guarded: string
  /** What stands there instead while the guard is off. */
  open: string
  /** The file of the test, and the beginning of its title. */
  test: string
  title: string
}

const auth = 'apps/api/src/players/auth'
const oauth = 'apps/api/src/players/oauth'
const credentials = 'apps/api/src/gateway/credentials.ts'
const shared = 'packages/shared/src'

export const mutants: readonly Mutant[] = [
  {
    guard: 'a refresh token that was used before ends its session',
    file: `${shared}/auth/refresh-tokens.ts`,
    guarded: "  return { kind: 'reused' }\n",
    open: "  return { kind: 'rotate' }\n",
    test: `${auth}/refresh-clock.test.ts`,
    title: 'B14: theft kills the family',
  },
  {
    guard: 'the grace of a replaced token ends',
    file: `${shared}/auth/refresh-tokens.ts`,
    guarded: 'isPrevious && session.in_grace && ',
    open: 'isPrevious && ',
    test: `${auth}/refresh-clock.test.ts`,
    title: 'B14, B15: the grace is for the token just replaced only',
  },
  {
    guard: 'a token is good for its own tenant only',
    file: `${shared}/auth/access-tokens.ts`,
    guarded: 'known !== undefined && known.claims.aud === audience',
    open: 'known !== undefined',
    test: `${auth}/tokens.test.ts`,
    title: 'B12: a token of this environment is refused',
  },
  {
    guard: 'an ended session is refused',
    file: `${auth}/sessions.ts`,
    guarded: "if (!isLive) throw new Problem('session_ended')",
    open: '',
    test: `${auth}/logout.test.ts`,
    title: 'A23: another process refuses the access token',
  },
  {
    guard: 'a spent budget refuses',
    file: `${shared}/limits/shared-limits.ts`,
    guarded: 'if (refusing !== undefined) return',
    open: 'if (refusing !== undefined && refusing[0].quota < 0) return',
    test: `${auth}/guessing.test.ts`,
    title: 'A5: of a hundred parallel guesses',
  },
  {
    guard: 'the game proves its own verifier (PKCE)',
    file: `${oauth}/trade-code.ts`,
    guarded: 'timingSafeEqual(given, kept)',
    open: 'kept.length > 0',
    test: `${oauth}/redirect-flow.test.ts`,
    title: 'C2: the game proves its own verifier',
  },
  {
    guard: 'an answer counts in the browser that set out only',
    file: `${oauth}/finish-flow.ts`,
    guarded: 'isSameBrowser(ctx, state, flow.mark, cookies)',
    open: 'isSameBrowser !== undefined && cookies !== null',
    test: `${oauth}/redirect-flow.test.ts`,
    title: 'C1: the answer counts only in the browser',
  },
  {
    guard: 'a sign-in leads to allowed addresses only',
    file: `${oauth}/redirects.ts`,
    guarded: 'return rules.allowed.includes(address)',
    open: 'return true',
    test: `${oauth}/redirect-flow.test.ts`,
    title: 'C6: a sign-in leads to allowed addresses only',
  },
  {
    guard: 'a code is worth one use',
    file: `${shared}/nonces/index.ts`,
    guarded: 'redis.getdel(keyOf(space, nonce))',
    open: 'redis.get(keyOf(space, nonce))',
    test: `${oauth}/redirect-flow.test.ts`,
    title: 'C4: of twenty tries at one code',
  },
  {
    guard: 'keys of the prototype are refused',
    file: `${shared}/http/strict-json.ts`,
    guarded: '  if (forbiddenKeys.has(key)) {',
    open: '  if (forbiddenKeys.has(key) && seen === undefined) {',
    test: `${shared}/http/strict-json.test.ts`,
    title: 'E4, E5, E7, E8: answers',
  },
  {
    guard: 'unknown fields are refused',
    file: 'apps/api/src/players/profiles/schema.ts',
    guarded: 'export const ProfileChange = z.strictObject(',
    open: 'export const ProfileChange = z.object(',
    test: 'infra/e2e/set-fields.test.ts',
    title: 'D7: profiles.update refuses each of them',
  },
  {
    guard: 'a secret key is refused in a page',
    file: credentials,
    guarded: "throw new Problem('secret_key_in_browser')",
    open: '',
    test: 'apps/api/src/studio/keys/keys.test.ts',
    title: 'D2: a secret key from a browser',
  },
  {
    guard: 'a key does what its scopes allow',
    file: credentials,
    guarded: 'if (scope !== undefined && !key.scopes.some(held => held === scope)) {',
    open: 'if (scope === undefined && auth.length === 0) {',
    test: 'apps/api/src/players/support/support.test.ts',
    title: 'D3: a secret key does what its scopes allow',
  },
  {
    guard: 'the things of another environment are not there for a key',
    file: credentials,
    guarded: 'if (named !== undefined && named !== key.environmentId) throw notFound()',
    open: '',
    test: 'infra/e2e/idor.test.ts',
    title: 'D1: settings.read does not tell others',
  },
  {
    guard: 'the outer ids of a path are those of the inner one',
    file: 'apps/api/src/studio/organizations/admission.ts',
    guarded:
      'if (organization_id !== standing.organization_id || project_id !== standing.project_id) {',
    open: 'if (organization_id === undefined || project_id === undefined) {',
    test: 'apps/api/src/studio/organizations/memberships.test.ts',
    title: 'D1: a path whose organisation is not that of its project',
  },
  {
    guard: 'an unknown account costs as much work as a known one',
    file: `${shared}/auth/passwords.ts`,
    guarded: '  const against = hash ?? (await decoy)\n',
    open: '  if (hash === undefined) return false\n  const against = hash\n',
    test: `${auth}/guessing.test.ts`,
    title: 'A2: a failed sign-in takes as long',
  },
  {
    guard: 'addresses of the own network are not called',
    file: `${shared}/outgoing/vetted-addresses.ts`,
    guarded: "if (parsed.range() !== 'unicast') return false",
    open: '',
    test: `${shared}/outgoing/outgoing.test.ts`,
    title: 'tells public addresses from all others',
  },
  {
    guard: 'an organisation keeps an owner',
    file: 'apps/api/src/studio/organizations/memberships.ts',
    guarded: "if ((await countOwnersOf(organizationId, tx)) < 2) throw new Problem('last_owner')",
    open: 'await countOwnersOf(organizationId, tx)',
    test: 'apps/api/src/studio/organizations/memberships.test.ts',
    title: 'the last owner is neither demoted nor removed',
  },
]
