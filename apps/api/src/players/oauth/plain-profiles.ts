import { Problem } from '@aethex/shared/errors'
import { z } from 'zod'
import type { PlainEndpoints } from './catalogue.js'
import { displayName, type ExternalAccount, verifiedEmail } from './external-account.js'
import { jsonOf, type ProviderLine } from './provider-line.js'
import type { Provider } from './providers.js'

const GithubUser = z.looseObject({
  id: z.int(),
  login: z.string(),
  name: z.string().nullish(),
})
const GithubEmails = z.array(
  z.looseObject({ email: z.string(), primary: z.boolean(), verified: z.boolean() }),
)
const DiscordUser = z.looseObject({
  id: z.string().regex(/^\d{1,20}$/),
  username: z.string(),
  global_name: z.string().nullish(),
  email: z.string().nullish(),
  verified: z.boolean().nullish(),
})

const bearer = (accessToken: string) => ({
  headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
})

function parse<S extends z.ZodType>(shape: S, value: unknown): z.output<S> {
  const parsed = shape.safeParse(value)
  if (!parsed.success) throw new Problem('provider_unavailable', { cause: parsed.error })
  return parsed.data
}

/** GitHub shows addresses apart from the profile, and only to who has asked for them. */
async function githubEmail(line: ProviderLine, endpoints: PlainEndpoints, accessToken: string) {
  const response = await line(`${endpoints.profile}/emails`, bearer(accessToken))
  if (!response.ok) return null
  const emails = parse(GithubEmails, await jsonOf(response))
  const primary = emails.find(({ primary }) => primary)
  return verifiedEmail(primary?.email, primary?.verified)
}

const fromGithub = (user: unknown, email: string | null): ExternalAccount => {
  const { id, login, name } = parse(GithubUser, user)
  return { provider: 'github', subject: String(id), email, name: displayName(login, name) }
}

const fromDiscord = (user: unknown): ExternalAccount => {
  const { id, username, global_name, email, verified } = parse(DiscordUser, user)
  const name = displayName(username, global_name)
  return { provider: 'discord', subject: id, email: verifiedEmail(email, verified), name }
}

/** Whose access token this is, by the provider's own word. */
export async function readProfile(
  line: ProviderLine,
  provider: Provider,
  endpoints: PlainEndpoints,
  accessToken: string,
): Promise<ExternalAccount> {
  const user = await jsonOf(await line(endpoints.profile, bearer(accessToken)))
  if (provider.name === 'discord') return fromDiscord(user)
  return fromGithub(user, await githubEmail(line, endpoints, accessToken))
}

const GithubCheck = z.looseObject({
  app: z.looseObject({ client_id: z.string() }),
  user: z.unknown(),
})
const DiscordCheck = z.looseObject({
  application: z.looseObject({ id: z.string() }),
  user: z.unknown(),
})

const notForUs = () =>
  new Problem('identity_token_invalid', { detail: 'The token was made for another game.' })

/** GitHub tells of a token only to the app that it was made for, which proves itself with its secret. */
async function checkGithub(
  line: ProviderLine,
  { clientId, clientSecret = '' }: Provider,
  { check }: PlainEndpoints,
  accessToken: string,
): Promise<void> {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
  const response = await line(check, {
    method: 'POST',
    headers: {
      authorization: `Basic ${basic}`,
      accept: 'application/json',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ access_token: accessToken }),
  })
  if (!response.ok) throw notForUs()
  const { app } = parse(GithubCheck, await jsonOf(response))
  if (app.client_id !== clientId) throw notForUs()
}

async function checkDiscord(
  line: ProviderLine,
  { audiences }: Provider,
  { check }: PlainEndpoints,
  accessToken: string,
): Promise<void> {
  const response = await line(check, bearer(accessToken))
  if (!response.ok) throw notForUs()
  const { application } = parse(DiscordCheck, await jsonOf(response))
  if (!audiences.includes(application.id)) throw notForUs()
}

/**
 * Whose access token this is, once the provider has confirmed that it was made for this very game: a token that
 * another game has got from the same player must open nothing here. Throws `identity_token_invalid`.
 */
export async function readOwnProfile(
  line: ProviderLine,
  provider: Provider,
  endpoints: PlainEndpoints,
  accessToken: string,
): Promise<ExternalAccount> {
  const check = provider.name === 'discord' ? checkDiscord : checkGithub
  await check(line, provider, endpoints, accessToken)
  return readProfile(line, provider, endpoints, accessToken)
}
