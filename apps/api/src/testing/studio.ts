import { call } from '@aethex/shared/testing'
import { z } from 'zod'
import { type Caller, callerOf } from './caller.js'

/** A member of a studio with a session of their own. */
export interface TestMember {
  id: string
  email: string
  accessToken: string
  refreshToken: string
  /** Calls as this member. */
  api: Caller
}

export const studioPassword = 'a long studio password'

const SignedUp = z.object({
  member: z.object({ id: z.string() }),
  session: z.object({ access_token: z.string(), refresh_token: z.string() }),
})

export const asMember = (apiUrl: string, accessToken: string): Caller =>
  callerOf(apiUrl, { authorization: `Bearer ${accessToken}` })

/** Signs somebody up. Each costs a password hash, so a test has as many as it needs. */
export async function freshMember(
  apiUrl: string,
  { name = 'Grace', email = `${crypto.randomUUID()}@studio.example` } = {},
): Promise<TestMember> {
  const answer = await call('POST', `${apiUrl}/api/v1/studio/signup`, {
    json: { email, password: studioPassword, name },
  })
  const { member, session } = SignedUp.parse(answer.body)
  return {
    id: member.id,
    email,
    accessToken: session.access_token,
    refreshToken: session.refresh_token,
    api: asMember(apiUrl, session.access_token),
  }
}

/** The code of a letter to a member, which stands there by itself. */
export function codeInLetter({ text }: { text: string }): string {
  const code = /(?<![\w-])[\w-]{32}(?![\w-])/.exec(text)?.[0]
  if (code === undefined) throw new Error(`the letter has no code: ${text}`)
  return code
}

const Made = {
  organization: z.object({ organization: z.object({ id: z.string() }) }),
  project: z.object({
    project: z.object({
      id: z.string(),
      name: z.string(),
      environments: z.array(z.object({ id: z.string(), name: z.string() })),
    }),
  }),
}

/** An organisation of the member. */
export async function freshOrganization({ api }: Pick<TestMember, 'api'>): Promise<string> {
  const answer = await api('POST', '/studio/organizations', { name: 'Night Owl Games' })
  return Made.organization.parse(answer.body).organization.id
}

/** A project with its two environments. */
export async function freshProject(
  { api }: Pick<TestMember, 'api'>,
  organizationId: string,
  name = 'Skirmish',
) {
  const answer = await api('POST', `/studio/organizations/${organizationId}/projects`, { name })
  const { project } = Made.project.parse(answer.body)
  const idOf = (stage: string) =>
    project.environments.find(environment => environment.name === stage)?.id ?? ''
  return {
    id: project.id,
    name,
    development: idOf('development'),
    production: idOf('production'),
  }
}
