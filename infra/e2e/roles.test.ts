import { readFileSync } from 'node:fs'
import { keyScopes, type Route, type Scope, scopes } from '@aethex/shared/http'
import { call, codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { membershipScopes, type Role, roleScopes, roles } from '../../apps/api/src/gateway/roles.js'
import { openStored, type Stored } from '../../apps/api/src/testing/stored.js'
import { asMember, freshMember, type TestMember } from '../../apps/api/src/testing/studio.js'
import { allRoutes } from '../contract/documents.js'

/**
 * Who may do what, over the whole route table. No request here carries anything out: each has a parameter that no
 * route knows, which is told only to who was let in.
 */

const stack = inject('stack')
let home: TestEnvironment
let stored: Stored
let member: TestMember

beforeAll(async () => {
  stored = openStored(stack)
  home = await freshEnvironment(stack)
  member = await freshMember(stack.api_url)
})
afterAll(() => stored.close())

const tenants = ['organization_id', 'project_id', 'environment_id']
const namesTenant = (route: Route<never>) => tenants.some(name => route.path.includes(`:${name}`))
const ofMembers = allRoutes.filter(route => route.auth.includes('member') && namesTenant(route))
const ofServers = allRoutes.filter(route => route.auth.includes('server'))

// What the parameters of the table look like; the first that a route takes is good enough.
const samples = [
  '01890000-0000-7000-8000-000000000000',
  'slot1',
  'me',
  'auth.registration',
  'google',
  'verify_email',
  'privacy',
  'en',
  '1',
  '2026-01-01',
  'chat.main.public',
]

function valueFor(route: Route<never>, name: string): string {
  const known: Record<string, string> = {
    organization_id: home.organizationId,
    project_id: home.projectId,
    environment_id: home.environmentId,
  }
  const shape = route.params?.shape[name]
  const value = known[name] ?? samples.find(sample => shape?.safeParse(sample).success)
  if (value === undefined) throw new Error(`no sample fits :${name} of ${route.id}`)
  return value
}

const pathOf = (route: Route<never>) =>
  `${route.path.replace(/:(\w+)/g, (_, name: string) => valueFor(route, name))}?surprise=1`

async function ask(route: Route<never>, headers: Record<string, string>): Promise<string> {
  const answer = await call(route.method.toUpperCase(), home.apiUrl + pathOf(route), {
    headers,
    ...(route.body === undefined ? {} : { json: route.example }),
  })
  return codeOf(answer)
}

const has = (role: Role, scope: Scope | undefined) =>
  scope !== undefined && roleScopes[role].some(held => held === scope)

describe('roles', () => {
  test.each(ofMembers.map(route => [route.id, route] as const))(
    '%s says which scope a member needs',
    (_id, route) => {
      expect(scopes).toContain(route.scope)
    },
  )

  test.each(roles)(
    'D6: a member who is %s is let in by the scopes of that role alone',
    async role => {
      await stored.rows(
        `INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, $3::member_role)
       ON CONFLICT (organization_id, member_id) DO UPDATE SET role = excluded.role`,
        home.organizationId,
        member.id,
        role,
      )
      const headers = { authorization: `Bearer ${member.accessToken}` }
      for (const route of ofMembers) {
        const code = await ask(route, headers)
        if (has(role, route.scope)) expect(code, route.id).not.toBe('insufficient_scope')
        else expect(code, route.id).toBe('insufficient_scope')
      }
    },
  )

  test('D6: who works through teams only is let in to look at the organisation, and nowhere else', async () => {
    await stored.rows(
      'UPDATE membership SET role = NULL WHERE organization_id = $1 AND member_id = $2',
      home.organizationId,
      member.id,
    )
    const headers = { authorization: `Bearer ${member.accessToken}` }
    for (const route of ofMembers) {
      const code = await ask(route, headers)
      const inOrganization = route.path.includes(':organization_id')
      const mayLook = membershipScopes.some(scope => scope === route.scope)
      if (!inOrganization) expect(code, route.id).toBe('not_found')
      else if (mayLook) expect(code, route.id).toBe('invalid_request')
      else expect(code, route.id).toBe('insufficient_scope')
    }
  })

  test('every role may at least what belonging allows, and no role makes keys that may more than it', () => {
    for (const role of roles) {
      for (const scope of membershipScopes) expect(has(role, scope), role).toBe(true)
      if (has(role, 'keys:write')) {
        for (const scope of keyScopes) expect(has(role, scope), role).toBe(true)
      }
    }
  })
})

describe('secret keys', () => {
  const owner = () => asMember(home.apiUrl, home.memberToken)

  async function keyWith(only: readonly Scope[]): Promise<Record<string, string>> {
    const path = `/studio/environments/${home.environmentId}/keys`
    const answer = await owner()('POST', path, { kind: 'secret', name: 'one', scopes: only })
    return { 'x-api-key': Object(answer.body).api_key }
  }

  test.each(keyScopes)(
    'D3: a key with %s alone is let in where that is asked, and nowhere else',
    async scope => {
      const headers = await keyWith([scope])
      for (const route of ofServers) {
        const code = await ask(route, headers)
        if (route.scope === undefined || route.scope === scope) {
          expect(code, route.id).not.toBe('insufficient_scope')
        } else expect(code, route.id).toBe('insufficient_scope')
      }
    },
  )

  test('D3: no key manages members, projects or keys', () => {
    const own: readonly string[] = keyScopes
    for (const route of ofServers) {
      if (route.scope !== undefined) expect(own, route.id).toContain(route.scope)
    }
  })
})

test('docs/studio.md says of every role what it may', () => {
  const text = readFileSync(new URL('../../docs/studio.md', import.meta.url), 'utf8')
  const rows = scopes.map(scope => {
    const marks = roles.map(role => (has(role, scope) ? '✓' : ' '))
    return `| \`${scope}\` | ${marks.join(' | ')} |`
  })
  const head = `| scope | ${roles.join(' | ')} |`
  for (const line of [head, ...rows]) expect(text).toContain(line)
})
