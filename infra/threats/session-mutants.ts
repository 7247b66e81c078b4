import type { Mutant } from './mutant.js'

const players = 'apps/api/src/players'
const auth = `${players}/auth`
const oauth = `${players}/oauth`
const shared = 'packages/shared/src'
const accessTokens = `${shared}/auth/access-tokens.ts`
const tokenTests = `${auth}/tokens.test.ts`
const factorRows = `${shared}/second-factor/factor-rows.ts`
const signedTokens = `${oauth}/id-tokens.ts`

/** The guards of tokens and sessions, of second proofs and of what brings two accounts together. */
const ofSessions: readonly Mutant[] = [
  {
    guard: 'a token is no longer good than tokens are',
    file: accessTokens,
    guarded: 'if (claims.data.exp - claims.data.iat > accessTtlSeconds) throw invalid()',
    open: '',
    test: tokenTests,
    title: 'B5: ',
  },
  {
    guard: 'a token was issued before now',
    file: accessTokens,
    guarded: 'if (claims.data.iat > at + leewaySeconds) throw invalid()',
    open: '',
    test: tokenTests,
    title: 'B5: ',
  },
  {
    guard: 'a token is of this issuer, for this audience',
    file: accessTokens,
    guarded: "{ algorithms: ['ES256'], issuer, audience, clockTimestamp }",
    open: "{ algorithms: ['ES256'], clockTimestamp }",
    test: tokenTests,
    title: 'B6: ',
  },
  {
    guard: 'a token is of the kind that is asked for',
    file: accessTokens,
    guarded: ' || result.data.typ !== kind)',
    open: ')',
    test: tokenTests,
    title: 'B7: typ ',
  },
  {
    guard: 'a token has no header that we do not know',
    file: accessTokens,
    guarded: '!result.success || !known || ',
    open: '!result.success || ',
    test: tokenTests,
    title: 'B8: a header with',
  },
  {
    guard: 'a token has one spelling',
    file: accessTokens,
    guarded: 'key === undefined || !isCanonical(token)',
    open: 'key === undefined',
    test: tokenTests,
    title: 'B9: a token with',
  },
  {
    guard: 'a token names nothing twice',
    file: accessTokens,
    guarded: "parseStrictJsonBytes(Buffer.from(token.split('.', 2)[index] ?? '', 'base64url'))",
    open: "JSON.parse(Buffer.from(token.split('.', 2)[index] ?? '', 'base64url').toString())",
    test: tokenTests,
    title: 'B11: ',
  },
  {
    guard: 'a retired key verifies nothing',
    file: `${auth}/key-ring.ts`,
    guarded: 'key === undefined || isOver(key, now())',
    open: 'key === undefined',
    test: `${auth}/key-rotation.test.ts`,
    title: 'B13: a new key is published first',
  },
  {
    guard: 'a session ends thirty days after its sign-in',
    file: `${auth}/session-store.ts`,
    guarded: 'expires_at <= $3 AS expired',
    open: 'expires_at <= $3 AND false AS expired',
    test: `${auth}/refresh-clock.test.ts`,
    title: 'B17: thirty days after the sign-in',
  },
  {
    guard: 'a sign-in that waits for its code dies with its password',
    file: `${players}/second-factor/second-step.ts`,
    guarded: "if (method === 'password' && ",
    open: "if (method === '' && ",
    test: `${players}/second-factor/step-up.test.ts`,
    title: 'B17: a sign-in that waits for its code',
  },
  {
    guard: 'a code of the app works once',
    file: factorRows,
    guarded: ` AND last_step < \${next(1)}`,
    open: ` AND \${next(1)} > 0`,
    test: `${players}/second-factor/second-factor.test.ts`,
    title: 'a code is good once',
  },
  {
    guard: 'five wrong codes are enough',
    file: factorRows,
    guarded: ` OR guesses < \${guesses.quota})`,
    open: ' OR guesses >= 0)',
    test: `${players}/second-factor/guesses.test.ts`,
    title: 'A5: of sixty parallel wrong codes',
  },
  {
    guard: 'what is dangerous wants a fresh proof',
    file: `${auth}/step-up.ts`,
    guarded: 'ctx.now().getTime() - proof.proved_at.getTime() > freshForMs',
    open: 'proof.proved_at > ctx.now()',
    test: `${players}/second-factor/step-up.test.ts`,
    title: 'eleven minutes after the sign-in',
  },
  {
    guard: 'one factor does not lift a session over the second',
    file: `${auth}/step-up.ts`,
    guarded: '  if (await hasSecondFactor(environmentId, ctx.db, playerId)) {',
    open: '  if (proof === undefined) {',
    test: `${players}/second-factor/step-up.test.ts`,
    title: 'a session from before the second factor',
  },
  {
    guard: 'a copied passkey is noticed by its counter',
    file: `${shared}/second-factor/passkey-rows.ts`,
    guarded: ` AND (counter < \${after(1)} OR (counter = 0 AND \${after(1)} = 0))`,
    open: '',
    test: `${players}/passkeys/passkeys.test.ts`,
    title: 'a counter that does not grow',
  },
  {
    guard: 'the options for a passkey are for who asked for them',
    file: `${shared}/second-factor/ceremonies.ts`,
    guarded: 'JSON.stringify(payload) === JSON.stringify(owner)',
    open: 'payload !== undefined && owner.length > 0',
    test: `${players}/passkeys/passkeys.test.ts`,
    title: 'options are good once',
  },
  {
    guard: 'the last way into an account stays',
    file: `${auth}/ways-in.ts`,
    guarded:
      "if ((await countWaysIn(environmentId, tx, playerId)) === 0) throw new Problem('last_way_in')",
    open: 'await countWaysIn(environmentId, tx, playerId)',
    test: `${players}/linking/linking.test.ts`,
    title: 'are taken away by name',
  },
  {
    guard: 'a merge token is for who was offered the merge',
    file: `${players}/merges/proof.ts`,
    guarded: "if (proven?.mine !== playerId) throw new Problem('merge_token_invalid')",
    open: "if (proven === undefined || playerId === '') throw new Problem('merge_token_invalid')",
    test: `${players}/linking/linking.test.ts`,
    title: 'a token of somebody else',
  },
  {
    guard: 'a merge is undone by its own player, within its time',
    file: `${players}/merges/service.ts`,
    guarded: " || row.undo_until <= ctx.now()) throw new Problem('merge_final')",
    open: ") throw new Problem('merge_final')",
    test: `${players}/linking/linking.test.ts`,
    title: 'can be undone for thirty days',
  },
  {
    guard: 'a hosted page hands over what it has proven, as long as it has',
    file: `${players}/pages/hand-over.ts`,
    guarded: '  await assertPlayerSession(ctx, environmentId, handed.sessionId)\n',
    open: '',
    test: `${players}/pages/hand-over.test.ts`,
    title: 'a session that was not proven lately',
  },
]

/** The guards of signing in with others. */
const ofProviders: readonly Mutant[] = [
  {
    guard: 'the answer of one issuer is not that of another',
    file: `${oauth}/finish-flow.ts`,
    guarded: '  if (isRight) return\n',
    open: '  if (isRight || provider !== undefined) return\n',
    test: `${oauth}/redirect-flow.test.ts`,
    title: 'C3: the answer of one issuer',
  },
  {
    guard: 'an ID token carries the nonce that was given for it',
    file: signedTokens,
    guarded: "if (claims.nonce !== nonce) throw tokenInvalid('The token has another nonce.')",
    open: '',
    test: `${oauth}/id-tokens.test.ts`,
    title: 'C5: an ID token with',
  },
  {
    guard: 'an ID token was issued to the game',
    file: signedTokens,
    guarded: "if (typeof azp !== 'string' || !audiences.includes(azp)) {",
    open: "if (typeof azp !== 'string') {",
    test: `${oauth}/id-tokens.test.ts`,
    title: 'C5: an ID token with',
  },
  {
    guard: 'a token of the studio signs in once',
    file: `${oauth}/custom-tokens.ts`,
    guarded: "if (!isFirst) throw tokenInvalid('The token was used before.')",
    open: '',
    test: `${oauth}/custom-tokens.test.ts`,
    title: 'a token is good for one sign-in',
  },
  {
    guard: 'an access token was made for this very game',
    file: `${oauth}/plain-profiles.ts`,
    guarded: '  await check(line, provider, endpoints, accessToken)\n',
    open: '',
    test: `${oauth}/plain-providers.test.ts`,
    title: 'C5: an access token of GitHub',
  },
  {
    guard: 'a program on the same computer listens at the agreed path',
    file: `${oauth}/redirects.ts`,
    guarded: ' && path === rules.loopback_path',
    open: '',
    test: `${oauth}/redirect-flow.test.ts`,
    title: 'C7: a loopback address is',
  },
  {
    guard: 'an address counts when the provider has verified it',
    file: `${oauth}/external-account.ts`,
    guarded: "parsed.success && (isVerified === true || isVerified === 'true')",
    open: 'parsed.success && isVerified !== null',
    test: `${oauth}/id-tokens.test.ts`,
    title: 'C8: an e-mail that the provider has not verified',
  },
  {
    guard: 'a redirect of a provider is no answer',
    file: `${oauth}/provider-line.ts`,
    guarded: 'if (isAnswer) return response',
    open: 'if (isAnswer || response.status < 600) return response',
    test: `${oauth}/provider-failures.test.ts`,
    title: 'C9: a token endpoint that',
  },
  {
    guard: 'what comes back is text, not markup',
    file: `${oauth}/return-page.ts`,
    guarded: 'text.replaceAll(/[&<>"\']/g, character',
    open: 'text.replaceAll(/[^\\s\\S]/g, character',
    test: `${oauth}/redirect-flow.test.ts`,
    title: 'a popup page hands the code',
  },
]

export const sessionMutants: readonly Mutant[] = [...ofSessions, ...ofProviders]
