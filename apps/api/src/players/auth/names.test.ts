import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { skeletonOf } from './skeleton.js'
import { drawMissingSkeletons } from './skeleton-store.js'

let environment: TestEnvironment
let stored: Stored
/** Two guests, who take names. */
let first: Caller
let second: Caller
let studio: Caller

beforeAll(async () => {
  const stack = inject('stack')
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  const guest = async () => callerOf(environment.apiUrl, (await freshPlayer(environment)).headers)
  first = await guest()
  second = await guest()
  studio = callerOf(environment.apiUrl, { authorization: `Bearer ${environment.memberToken}` })
})
afterAll(() => stored.close())

const take = (player: Caller, username: string) => player('PUT', '/auth/profile', { username })
const setRules = (rules: object) =>
  studio('PUT', `/studio/environments/${environment.environmentId}/settings/profiles.names`, rules)
const flawsOf = (body: unknown) => JSON.stringify(Object(body).errors)

test.each([
  ['capital I for small l', 'Paul', 'PauI'],
  ['one for small l', 'Paul', 'Pau1'],
  ['zero for capital O', 'Owlet', '0wlet'],
  ['rn for m', 'Amir', 'Arnir'],
  ['Cyrillic letters only', 'coco', 'сосо'],
  ['Greek letters only', 'ovo', 'ονο'],
  ['a mathematical letter', 'Hexe', '𝐇exe'],
  ['a dotless i', 'milk', 'mılk'],
  ['Cherokee letters only', 'DRA', 'ᎠᎡᎪ'],
])('A13: two names that differ by %s are one name', async (_by, taken, alike) => {
  expect((await take(first, taken)).status).toBe(200)
  const answer = await take(second, alike)
  expect([answer.status, codeOf(answer)]).toEqual([409, 'username_taken'])
  expect(skeletonOf(alike)).toBe(skeletonOf(taken))
})

test.each([
  ['Robin', 'Robyn'],
  ['Alia', 'Alla'],
  ['bead', 'dead'],
  ['日本語の名', '日本国の名'],
])('%s and %s are two names', async (one, other) => {
  expect((await take(first, one)).status).toBe(200)
  expect((await take(second, other)).status).toBe(200)
})

test('A12, A13: of ten look-alikes that are taken at once one is given', async () => {
  const spellings = ['Willow', 'WilIow', 'Wi1low', 'Wil1ow', 'WiIlow']
  const guests = await Promise.all(spellings.map(() => freshPlayer(environment)))
  const answers = await inParallel(10, index => {
    const { headers = {} } = guests[index % 5] ?? {}
    return take(callerOf(environment.apiUrl, headers), spellings[index % 5] ?? '')
  })
  const { 200: given = 0, 409: refused = 0 } = tally(answers)
  // The one who was first may say the same name again.
  expect([given + refused, given <= 2]).toEqual([10, true])
  const rows = await stored.rows(
    'SELECT username FROM player WHERE environment_id = $1 AND username_skeleton = $2',
    environment.environmentId,
    skeletonOf('Willow'),
  )
  expect(rows).toHaveLength(1)
})

test.each([
  'Admin',
  'ADMIN',
  'Adm1n',
  'admin 42',
  'Ad.min',
  'A_d_m_i_n',
  'Ádmin',
  'M0derator',
  'Mod',
  'Support',
  'System',
  'Game Master',
  'officiaI',
])('A13: %j is a name of staff, and reserved', async username => {
  const answer = await take(first, username)
  expect(codeOf(answer)).toBe('invalid_request')
  expect(flawsOf(answer.body)).toContain('is reserved')
})

test.each(['Administrata', 'Modest', 'Supporter Jo', 'Systema'])(
  '%s only begins like a name of staff, and is free',
  async username => expect((await take(first, username)).status).toBe(200),
)

test('A13: the name of the game is reserved', async () => {
  const [row] = await stored.rows(
    'SELECT p.name FROM environment e JOIN project p ON p.id = e.project_id WHERE e.id = $1',
    environment.environmentId,
  )
  const answer = await take(first, String(row?.name))
  expect(flawsOf(answer.body)).toContain('is reserved')
})

test('a studio reserves names, blocks words and sets the length, in this environment only', async () => {
  const rules = { min_length: 4, max_length: 12, reserved: ['Sir Lancelot'], blocked: ['grail'] }
  const written = await setRules(rules)
  expect([written.status, Object(written.body).setting.value]).toEqual([200, rules])
  const refused = async (username: string) => flawsOf((await take(first, username)).body)
  expect(await refused('SirLancel0t')).toContain('is reserved')
  expect(await refused('my Gra1l')).toContain('has a word that is not allowed here')
  expect(await refused('HolyGrail-99')).toContain('has a word that is not allowed here')
  expect(await refused('Bob')).toContain('is shorter than 4 characters')
  expect(await refused('Thirteen-char')).toContain('is longer than 12 characters')
  expect((await take(first, 'Galahad')).status).toBe(200)
  const away = await freshEnvironment(inject('stack'))
  const { headers } = await freshPlayer(away)
  expect((await take(callerOf(away.apiUrl, headers), 'Sir Lancelot')).status).toBe(200)
  expect((await setRules({})).status).toBe(200)
})

test('A13: registering asks the same of a name', async () => {
  const game = callerOf(environment.apiUrl, { 'x-api-key': environment.publishableKey })
  const email = `${crypto.randomUUID()}@player.example`
  const password = 'correct horse battery'
  const staff = await game('POST', '/auth/register', { email, password, username: 'M0derat0r' })
  expect(flawsOf(staff.body)).toContain('is reserved')
  expect((await take(first, 'Marian')).status).toBe(200)
  const alike = await game('POST', '/auth/register', { email, password, username: 'Rnarian' })
  expect(codeOf(alike)).toBe('username_taken')
})

test.each(['a\0bc', 'half \ud800 pair'])('A15: refuses %j as a name', async username => {
  const answer = await take(first, username)
  expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_text'])
})

test('names from before there were skeletons get theirs; of two that look alike the older one', async () => {
  const ids = await Promise.all([0, 1, 2].map(async () => (await freshPlayer(environment)).id))
  const names = ['Ollie', 'O1lie', 'Somebody else']
  for (const [at, id] of ids.entries()) {
    await stored.rows(
      `UPDATE player SET username = $3, username_key = $4, username_skeleton = NULL,
         created_at = created_at + make_interval(secs => $5) WHERE environment_id = $1 AND id = $2`,
      environment.environmentId,
      id,
      names[at],
      `before ${id}`,
      at,
    )
  }
  await drawMissingSkeletons(stored.db)
  const rows = await stored.rows(
    'SELECT username_skeleton AS drawn FROM player WHERE environment_id = $1 AND id = ANY($2) ORDER BY created_at',
    environment.environmentId,
    ids,
  )
  expect(rows.map(row => row.drawn)).toEqual([
    skeletonOf('Ollie'),
    ids[1],
    skeletonOf('Somebody else'),
  ])
})
