import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from '@aethex/shared/lifecycle'
import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf } from '../../testing/caller.js'
import { asMember, freshMember, studioPassword, type TestMember } from '../../testing/studio.js'
import { MemberSessionList } from './schema.js'

const stack = inject('stack')
let another: Running
let member: TestMember

beforeAll(async () => {
  another = await startAnotherApi(stack)
  member = await freshMember(stack.api_url)
})
afterAll(() => another.close())

async function signIn(deviceName: string): Promise<string> {
  const answer = await callerOf(stack.api_url, { 'x-device-name': deviceName })(
    'POST',
    '/studio/login',
    { email: member.email, password: studioPassword },
  )
  return Object(answer.body).session.access_token
}

const sessions = async () =>
  MemberSessionList.parse((await member.api('GET', '/studio/sessions')).body).items

test('the list says which devices are signed in, and which of them asks', async () => {
  await signIn('the build machine')
  const items = await sessions()
  expect(items.filter(item => item.current)).toHaveLength(1)
  expect(items.find(item => !item.current)).toMatchObject({
    device_name: 'the build machine',
    second_factor: false,
  })
})

test('ending a session shuts it out everywhere within a second, and nobody else', async () => {
  const token = await signIn('a lost laptop')
  const lost = asMember(another.url, token)
  expect((await lost('GET', '/studio/me')).status).toBe(200)
  const id = (await sessions()).find(item => item.device_name === 'a lost laptop')?.id
  expect((await member.api('DELETE', `/studio/sessions/${id}`)).status).toBe(204)
  expect(codeOf(await asMember(stack.api_url, token)('GET', '/studio/me'))).toBe('session_ended')
  await wait(1_000)
  expect(codeOf(await lost('GET', '/studio/me'))).toBe('session_ended')
  expect(codeOf(await member.api('DELETE', `/studio/sessions/${id}`))).toBe('not_found')
  expect((await member.api('GET', '/studio/me')).status).toBe(200)
})

test('D1: a session of another member is not there', async () => {
  const stranger = await freshMember(stack.api_url)
  const [own] = await sessions()
  const answer = await stranger.api('DELETE', `/studio/sessions/${own?.id}`)
  expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
  expect((await member.api('GET', '/studio/me')).status).toBe(200)
})

test('ending all others leaves the one that asks', async () => {
  const other = asMember(stack.api_url, await signIn('another one'))
  expect((await member.api('DELETE', '/studio/sessions')).status).toBe(204)
  expect(codeOf(await other('GET', '/studio/me'))).toBe('session_ended')
  expect(await sessions()).toMatchObject([{ current: true }])
})
