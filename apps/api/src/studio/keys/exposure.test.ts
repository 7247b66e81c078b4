import { codeOf, mailboxAt } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import {
  freshMember,
  freshOrganization,
  freshProject,
  type TestMember,
} from '../../testing/studio.js'
import { KeyMade } from './schema.js'

const stack = inject('stack')
let stored: Stored
let owner: TestMember

beforeAll(async () => {
  stored = openStored(stack)
  owner = await freshMember(stack.api_url)
})
afterAll(() => stored.close())

test('D2: a secret key in a page is refused, and the studio hears of it once an hour in three ways', async () => {
  const organizationId = await freshOrganization(owner)
  const { development } = await freshProject(owner, organizationId)
  const made = await owner.api('POST', `/studio/environments/${development}/keys`, {
    kind: 'secret',
    name: 'score server',
  })
  const { api_key, key } = KeyMade.parse(made.body)
  const page = callerOf(stack.api_url, { 'x-api-key': api_key, origin: 'https://game.example' })
  const answers = await inParallel(10, () => page('GET', '/leaderboards/none'))
  expect(tally(answers)).toEqual({ 403: 10 })
  for (const answer of answers) expect(codeOf(answer)).toBe('secret_key_in_browser')

  const audited = await stored.rows(
    "SELECT details FROM audit_entry WHERE target = $1 AND action = 'keys.refused_in_browser'",
    key.id,
  )
  expect(audited).toEqual([{ details: { origin: 'https://game.example' } }])
  const events = await stored.rows(
    "SELECT payload FROM webhook_event WHERE environment_id = $1 AND type = 'key.exposed'",
    development,
  )
  expect(events).toEqual([{ payload: { key_id: key.id, origin: 'https://game.example' } }])
  const letter = await mailboxAt(stack.mail_url, owner.email).next(/secret key/)
  expect(letter.text).toContain('score server')
  expect(letter.text).not.toContain(api_key)
})
