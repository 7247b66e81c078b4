import { setTimeout as wait } from 'node:timers/promises'
import { openVault } from '@aethex/shared/auth'
import { revokedAmong } from '@aethex/shared/bus'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { openRedis } from '@aethex/shared/redis'
import { codeOf, freshPlayer } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { mintPageKey } from '../../gateway/page-keys.js'
import { secretsOf, startAnotherApi } from '../../testing/another-api.js'
import { callerOf } from '../../testing/caller.js'
import { takeApart } from '../../testing/forged-tokens.js'
import { openStored, type Stored } from '../../testing/stored.js'
import {
  freshMember,
  freshOrganization,
  freshProject,
  type TestMember,
} from '../../testing/studio.js'

const stack = inject('stack')
let stored: Stored
let another: Running
let owner: TestMember
let organizationId: string
const redis = openRedis(stack.redis_url, createLog('test', 'silent'))

beforeAll(async () => {
  stored = openStored(stack)
  another = await startAnotherApi(stack)
  owner = await freshMember(stack.api_url)
  organizationId = await freshOrganization(owner)
})
afterAll(async () => {
  await another.close()
  await stored.close()
  redis.disconnect()
})

async function makeKey(environmentId: string, kind: string): Promise<string> {
  const path = `/studio/environments/${environmentId}/keys`
  return Object((await owner.api('POST', path, { kind, name: kind })).body).api_key
}

async function until(isDone: () => Promise<boolean>, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1_000
  while (!(await isDone())) {
    if (performance.now() > end) throw new Error('it took too long')
    await wait(250)
  }
}

test('a project is deleted only by its name', async () => {
  const project = await freshProject(owner, organizationId)
  const path = `/studio/projects/${project.id}`
  for (const query of ['', '?name=', '?name=skirmish', '?name=Skirmish%20']) {
    expect(codeOf(await owner.api('DELETE', path + query))).toBe('invalid_request')
  }
  expect((await owner.api('GET', path)).status).toBe(200)
})

test('D16: keys, tokens, saves and ids of a deleted project lead nowhere, nor does its successor have them', async () => {
  const project = await freshProject(owner, organizationId)
  const environmentId = project.development
  const [publishableKey, secretKey] = [
    await makeKey(environmentId, 'publishable'),
    await makeKey(environmentId, 'secret'),
  ]
  const environment = {
    apiUrl: stack.api_url,
    organizationId,
    projectId: project.id,
    environmentId,
    publishableKey,
    secretKey,
    memberToken: owner.accessToken,
  }
  const player = await freshPlayer(environment)
  const game = callerOf(stack.api_url, player.headers)
  await game('POST', '/saves/me', { save_id: 'slot1', data: { level: 3 } })
  const server = (apiUrl: string) =>
    callerOf(apiUrl, { 'x-api-key': secretKey })('GET', `/saves/${player.id}/slot1`)
  expect((await server(stack.api_url)).status).toBe(200)
  expect((await server(another.url)).status).toBe(200)

  expect((await owner.api('DELETE', `/studio/projects/${project.id}?name=Skirmish`)).status).toBe(
    204,
  )
  expect(codeOf(await server(stack.api_url))).toBe('credential_invalid')
  expect(codeOf(await game('GET', '/auth/profile'))).toBe('credential_invalid')
  for (const path of [
    `/studio/projects/${project.id}`,
    `/studio/projects/${project.id}/environments`,
    `/studio/projects/${project.id}/promotions`,
    `/studio/environments/${environmentId}/keys`,
    `/studio/environments/${environmentId}/settings`,
  ]) {
    const answer = await owner.api('GET', path)
    expect([answer.status, codeOf(answer)], path).toEqual([404, 'not_found'])
  }
  const rows = await stored.rows(
    'SELECT revoked_reason FROM player_session WHERE environment_id = $1',
    environmentId,
  )
  expect(rows).toEqual([{ revoked_reason: 'environment deleted' }])
  // The relay closes the sockets of these.
  const sessionId = String(takeApart(player.accessToken).payload.sid)
  await expect.poll(() => revokedAmong(redis, [sessionId]), { timeout: 5_000 }).toEqual([sessionId])
  await wait(1_000)
  expect(codeOf(await server(another.url))).toBe('credential_invalid')

  const again = await freshProject(owner, organizationId)
  const successor = callerOf(stack.api_url, {
    'x-api-key': await makeKey(again.development, 'publishable'),
    authorization: `Bearer ${player.accessToken}`,
  })
  expect(codeOf(await successor('GET', '/auth/profile'))).toBe('token_invalid')
  const newServer = callerOf(stack.api_url, {
    'x-api-key': await makeKey(again.development, 'secret'),
  })
  expect(codeOf(await newServer('GET', `/saves/${player.id}/slot1`))).toBe('not_found')
})

test('D16: hosted pages of a deleted environment call nothing any more, on every process', async () => {
  const { production } = await freshProject(owner, organizationId)
  const vault = openVault(Buffer.from(secretsOf(stack).master_key, 'base64'))
  const key = mintPageKey(vault, production, new Date())
  const signIn = (apiUrl: string) =>
    callerOf(apiUrl, { 'x-api-key': key })('POST', '/auth/login', {
      email: 'nobody@game.example',
      password: 'a password that is long',
    })
  for (const url of [stack.api_url, another.url]) {
    expect(codeOf(await signIn(url))).toBe('invalid_credentials')
  }
  await owner.api('DELETE', `/studio/environments/${production}?name=production`)
  expect(codeOf(await signIn(stack.api_url))).toBe('credential_invalid')
  await wait(1_000)
  expect(codeOf(await signIn(another.url))).toBe('credential_invalid')
})

test('what was in a deleted environment is cleared away by the clock, and the audit of it stays', async () => {
  const project = await freshProject(owner, organizationId)
  const environmentId = project.development
  const publishableKey = await makeKey(environmentId, 'publishable')
  const player = await freshPlayer({
    apiUrl: stack.api_url,
    organizationId,
    projectId: project.id,
    environmentId,
    publishableKey,
    secretKey: '',
    memberToken: '',
  })
  await callerOf(stack.api_url, player.headers)('POST', '/saves/me', { save_id: 'a', data: 1 })
  await owner.api('DELETE', `/studio/projects/${project.id}?name=Skirmish`)
  const count = async (table: string) => {
    const [row] = await stored.rows(
      `SELECT count(*) AS rows FROM ${table} WHERE environment_id = $1`,
      environmentId,
    )
    return Number(row?.rows)
  }
  await until(async () => (await count('player')) === 0, 25)
  expect(await count('save_version')).toBe(0)
  await stored.rows(
    "UPDATE environment SET deleted_at = now() - interval '6 minutes' WHERE project_id = $1",
    project.id,
  )
  await stored.rows(
    "UPDATE project SET deleted_at = now() - interval '6 minutes' WHERE id = $1",
    project.id,
  )
  const isGone = async () =>
    (await stored.rows('SELECT id FROM project WHERE id = $1', project.id)).length === 0
  await until(isGone, 25)
  expect(await count('api_key')).toBe(0)
  expect(await count('audit_entry')).toBeGreaterThan(0)
}, 60_000)
