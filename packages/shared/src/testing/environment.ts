import { z } from 'zod'
import { fromTestAddress } from './address.js'

/** Where a running stack is, as its stack.json says. */
export interface StackAddress {
  api_url: string
  studio: { email: string; password: string }
}

/** A tenant of its own for one test file, on a stack that many share. */
export interface TestEnvironment {
  apiUrl: string
  organizationId: string
  projectId: string
  environmentId: string
  publishableKey: string
  secretKey: string
  memberToken: string
}

const Made = {
  login: z.object({ session: z.object({ access_token: z.string() }) }),
  organization: z.object({ organization: z.object({ id: z.string() }) }),
  project: z.object({
    project: z.object({
      id: z.string(),
      environments: z.array(z.object({ id: z.string(), name: z.string() })),
    }),
  }),
  key: z.object({ api_key: z.string() }),
}

/** POSTs JSON and parses what comes back; throws with the whole answer when it is not a 2xx. */
async function post<S extends z.ZodType>(
  url: string,
  shape: S,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<z.output<S>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...fromTestAddress, ...headers },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`)
  return shape.parse(JSON.parse(text))
}

/** Makes an organisation with a project and keys to its development environment. */
export async function freshEnvironment(stack: StackAddress): Promise<TestEnvironment> {
  const studio = `${stack.api_url}/api/v1/studio`
  const { session } = await post(`${studio}/login`, Made.login, stack.studio)
  const headers = { authorization: `Bearer ${session.access_token}` }
  const name = `test ${Math.random().toString(36).slice(2)}`
  const { organization } = await post(
    `${studio}/organizations`,
    Made.organization,
    { name },
    headers,
  )
  const projects = `${studio}/organizations/${organization.id}/projects`
  const { project } = await post(projects, Made.project, { name }, headers)
  const development = project.environments.find(environment => environment.name === 'development')
  if (development === undefined) throw new Error('the project has no development environment')
  const keys = `${studio}/environments/${development.id}/keys`
  const makeKey = (kind: string) => post(keys, Made.key, { kind, name: kind }, headers)
  const [publishable, secret] = await Promise.all([makeKey('publishable'), makeKey('secret')])
  return {
    apiUrl: stack.api_url,
    organizationId: organization.id,
    projectId: project.id,
    environmentId: development.id,
    publishableKey: publishable.api_key,
    secretKey: secret.api_key,
    memberToken: session.access_token,
  }
}

const SignedIn = z.object({
  user: z.object({ id: z.string(), username: z.string() }),
  session: z.object({ access_token: z.string(), refresh_token: z.string() }),
})

export interface TestPlayer {
  id: string
  username: string
  accessToken: string
  refreshToken: string
  /** What a request of this player carries. */
  headers: Record<string, string>
}

/** A guest of an environment. Guests cost no password hash, so a test may have many. */
export async function freshPlayer(environment: TestEnvironment): Promise<TestPlayer> {
  const { user, session } = await post(
    `${environment.apiUrl}/api/v1/auth/anonymous`,
    SignedIn,
    { device_secret: crypto.randomUUID() + crypto.randomUUID() },
    { 'x-api-key': environment.publishableKey },
  )
  return {
    id: user.id,
    username: user.username,
    accessToken: session.access_token,
    refreshToken: session.refresh_token,
    headers: {
      'x-api-key': environment.publishableKey,
      authorization: `Bearer ${session.access_token}`,
    },
  }
}
