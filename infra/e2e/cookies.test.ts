import {
  call,
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
} from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { allRoutes } from '../contract/documents.js'

/**
 * A browser sends its cookies along with the requests of any page. Nothing here listens to them: a session is a token
 * in a header, which no other site can make a browser send. The one cookie there is binds a redirect sign-in.
 */

const mayMarkTheBrowser = new Set(['oauth.begin', 'oauth.callback', 'oauth.callback_form'])

let home: TestEnvironment
let asCookies: string

beforeAll(async () => {
  home = await freshEnvironment(inject('stack'))
  const player = await freshPlayer(home)
  const tokens = { authorization: `Bearer ${player.accessToken}`, access_token: player.accessToken }
  const all = {
    ...tokens,
    token: home.memberToken,
    session: home.memberToken,
    member: `Bearer ${home.memberToken}`,
    'x-api-key': home.secretKey,
    refresh_token: player.refreshToken,
  }
  asCookies = Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
})

const pathOf = (path: string) =>
  path.replace(/:(\w+)/g, (_, name: string) =>
    name === 'environment_id'
      ? home.environmentId
      : name === 'organization_id'
        ? home.organizationId
        : name === 'project_id'
          ? home.projectId
          : '01890000-0000-7000-8000-000000000000',
  )

describe('a browser that comes from another site', () => {
  const closed = allRoutes.filter(route => !route.auth.includes('public'))

  test.each(closed.map(route => [route.id, route] as const))(
    'B20: %s signs nobody in by a cookie, and leaves none',
    async (_id, route) => {
      const answer = await call(route.method.toUpperCase(), home.apiUrl + pathOf(route.path), {
        json: route.method === 'get' ? undefined : route.example,
        headers: { cookie: asCookies, origin: 'https://evil.example' },
      })
      expect([answer.status, codeOf(answer)]).toEqual([401, 'credential_missing'])
      expect(answer.headers.get('set-cookie')).toBeNull()
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    },
  )

  test('B20: signing in and refreshing leave no cookie behind', async () => {
    const headers = { 'x-api-key': home.publishableKey }
    const json = { device_secret: crypto.randomUUID() + crypto.randomUUID() }
    const url = `${home.apiUrl}/api/v1/auth`
    const signedIn = await call('POST', `${url}/anonymous`, { headers, json })
    const refresh_token = Object(signedIn.body).session.refresh_token
    const refreshed = await call('POST', `${url}/refresh`, { headers, json: { refresh_token } })
    const member = await call('POST', `${home.apiUrl}/api/v1/studio/login`, {
      json: inject('stack').studio,
    })
    for (const answer of [signedIn, refreshed, member]) {
      expect([answer.status < 300, answer.headers.get('set-cookie')]).toEqual([true, null])
    }
  })

  const open = allRoutes.filter(
    route => route.auth.includes('public') && !mayMarkTheBrowser.has(route.id),
  )
  test.each(open.map(route => [route.id, route] as const))(
    'B20: %s is open to everybody, and marks no browser',
    async (_id, route) => {
      const response = await fetch(home.apiUrl + pathOf(route.path), {
        method: route.method.toUpperCase(),
        redirect: 'manual',
        headers: { cookie: asCookies, 'content-type': 'application/json' },
        // Empty on purpose: a whole example would sign somebody up.
        ...(route.body === undefined ? {} : { body: '{}' }),
      })
      expect(response.status).not.toBe(500)
      expect(response.headers.get('set-cookie')).toBeNull()
      await response.text()
    },
  )
})
