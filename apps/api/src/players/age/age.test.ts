import { call, codeOf, freshEnvironment } from '@aethex/shared/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { openPrivacyPlace, type PrivacyPlace } from '../../testing/privacy-place.js'
import { openStored, type Stored } from '../../testing/stored.js'

const stack = inject('stack')
let place: PrivacyPlace
let stored: Stored

beforeAll(async () => {
  place = await openPrivacyPlace(stack)
  await place.set('age.gate', { enabled: true })
  stored = openStored(stack)
})
afterAll(() => stored.close())

const pad = (value: number) => String(value).padStart(2, '0')

/** The date of birth of somebody whose birthday was `days` ago, and who has had so many. */
function bornFor(years: number, days = 0): string {
  const today = new Date(Date.now() - days * 86_400_000)
  const [month, day] = [today.getUTCMonth() + 1, today.getUTCDate()]
  return `${today.getUTCFullYear() - years}-${pad(month)}-${pad(day)}`
}
const child = { birth_date: bornFor(9), country: 'US' }
const grown = { birth_date: bornFor(30), country: 'US' }

describe('the question', () => {
  test('is neutral: it says how to ask, and nothing of the age that would do', async () => {
    const answer = await place.game('GET', '/age/gate?country=DE')
    expect(answer.body).toEqual({ enabled: true, ask: 'birth_date', country: 'DE' })
    expect(JSON.stringify(answer.body)).not.toMatch(/1[0-9]/)
    expect(codeOf(await place.game('GET', '/age/gate?country=Germany'))).toBe('invalid_request')
  })

  test('is not asked where the studio does not', async () => {
    const quiet = await openPrivacyPlace(stack)
    expect((await quiet.game('GET', '/age/gate')).body).toMatchObject({ enabled: false })
    const { as } = await quiet.player()
    expect(codeOf(await as('POST', '/auth/age', child))).toBe('age_not_asked')
  })

  test('may be for the year alone; then who may still be too young counts as a child', async () => {
    const yearly = await openPrivacyPlace(stack)
    await yearly.set('age.gate', { enabled: true, ask: 'birth_year' })
    const year = new Date().getUTCFullYear()
    const isChild = async (birth_year: number) => {
      const { as } = await yearly.player()
      return Object((await as('POST', '/auth/age', { birth_year, country: 'US' })).body).is_child
    }
    expect([await isChild(year - 13), await isChild(year - 14)]).toEqual([true, false])
    const { as } = await yearly.player()
    expect(codeOf(await as('POST', '/auth/age', grown))).toBe('invalid_request')
  })

  test.each([
    ['the future', { birth_date: '2199-01-01', country: 'US' }],
    ['another century', { birth_date: '1850-01-01', country: 'US' }],
    ['a day that does not exist', { birth_date: '2010-02-30', country: 'US' }],
    ['a text', { birth_date: 'yesterday', country: 'US' }],
    ['no country', { birth_date: '1990-01-01' }],
    ['a country that is none', { birth_date: '1990-01-01', country: 'usa' }],
    ['neither', { country: 'US' }],
    ['both', { birth_date: '1990-01-01', birth_year: 1990, country: 'US' }],
  ])('refuses %s', async (_what, answer) => {
    const { as } = await place.player()
    expect(codeOf(await as('POST', '/auth/age', answer))).toBe('invalid_request')
  })
})

describe('the answer', () => {
  test('goes by the law of the country, and by the exact day', async () => {
    const isChild = async (answer: object) => {
      const { as } = await place.player()
      return Object((await as('POST', '/auth/age', answer)).body).is_child
    }
    expect(await isChild({ birth_date: bornFor(13), country: 'US' })).toBe(false)
    expect(await isChild({ birth_date: bornFor(13, -1), country: 'US' })).toBe(true)
    expect(await isChild({ birth_date: bornFor(13), country: 'DE' })).toBe(true)
    expect(await isChild({ birth_date: bornFor(16), country: 'DE' })).toBe(false)
    expect(await isChild({ birth_date: bornFor(13), country: 'GB' })).toBe(false)
    expect(await isChild({ birth_date: bornFor(13), country: 'ZZ' })).toBe(false)
  })

  test('goes by a studio that is stricter, or knows the law better', async () => {
    const strict = await openPrivacyPlace(stack)
    await strict.set('age.gate', { enabled: true, child_below: 14, by_country: { DE: 15 } })
    const isChild = async (answer: object) => {
      const { as } = await strict.player()
      return Object((await as('POST', '/auth/age', answer)).body).is_child
    }
    expect(await isChild({ birth_date: bornFor(13), country: 'US' })).toBe(true)
    expect(await isChild({ birth_date: bornFor(15), country: 'DE' })).toBe(false)
  })

  test('leaves no date of birth anywhere: of a child the month it grows up in, of others nothing', async () => {
    const [young, old] = [await place.player(), await place.player()]
    await young.as('POST', '/auth/age', { birth_date: '2019-05-17', country: 'US' })
    await old.as('POST', '/auth/age', { birth_date: '1987-05-17', country: 'US' })
    const rows = await stored.rows(
      'SELECT child_until::text AS until FROM player_age WHERE player_id = ANY($1) ORDER BY 1',
      [young.id, old.id],
    )
    expect(rows).toEqual([{ until: '2032-06-01' }, { until: null }])
    const [found] = await stored.rows(
      "SELECT count(*) AS n FROM player_age p, age_answer a WHERE concat(p::text, a::text) LIKE '%-05-17%'",
    )
    expect(Number(found?.n)).toBe(0)
  })

  test('until it is given a player may as little as a child', async () => {
    const { as } = await place.player()
    expect((await as('GET', '/auth/permissions')).body).toMatchObject({
      is_child: false,
      age_required: true,
      permissions: { chat: false, voice: false, analytics: false },
    })
    expect(codeOf(await as('PUT', '/privacy/consents', { analytics: true }))).toBe('age_required')
    expect(codeOf(await as('PUT', '/auth/profile', { username: 'My own name' }))).toBe(
      'age_required',
    )
    const answer = await as('POST', '/auth/age', grown)
    expect(answer.body).toMatchObject({
      is_child: false,
      age_required: false,
      permissions: { chat: true, analytics: false },
    })
    expect((await as('PUT', '/privacy/consents', { analytics: true })).status).toBe(200)
  })

  test('cannot be exchanged for a better one, by the account or by the device', async () => {
    const { as, deviceSecret } = await place.player()
    expect((await as('POST', '/auth/age', child)).body).toMatchObject({ is_child: true })
    expect(codeOf(await as('POST', '/auth/age', grown))).toBe('age_answered')
    expect((await as('POST', '/auth/age', child)).status).toBe(200)
    const second = await place.player()
    const again = { ...grown, device_secret: deviceSecret }
    expect(codeOf(await second.as('POST', '/auth/age', again))).toBe('age_answered')
    expect((await second.as('GET', '/auth/permissions')).body).toMatchObject({ age_required: true })
  })

  test('may bring the secret of the device that the guest signed in with, as games do', async () => {
    const { as, deviceSecret } = await place.player()
    const answered = await as('POST', '/auth/age', { ...child, device_secret: deviceSecret })
    expect(answered.body).toMatchObject({ is_child: true })
  })

  test('of twenty different ones at once one counts', async () => {
    const { as } = await place.player()
    const answers = await inParallel(20, index =>
      as('POST', '/auth/age', index % 2 === 0 ? child : grown),
    )
    const counted = tally(answers)
    expect(counted).toEqual({ 200: 10, 409: 10 })
    const kinds = answers.filter(({ status }) => status === 200).map(({ body }) => Object(body))
    expect(new Set(kinds.map(body => body.is_child)).size).toBe(1)
  })

  test('of an account that is no child’s may change after a day; that of a child not', async () => {
    const later = await startAnotherApi(stack, {}, { now: () => new Date(Date.now() + 90_000_000) })
    try {
      const [one, other] = [await place.player(later.url), await place.player(later.url)]
      await stored.rows(
        "INSERT INTO player_age (environment_id, player_id, country, child_until, answered_at) VALUES ($1, $2, 'US', NULL, now()), ($1, $3, 'US', '2199-01-01', now())",
        place.environment.environmentId,
        one.id,
        other.id,
      )
      expect((await one.as('POST', '/auth/age', child)).body).toMatchObject({ is_child: true })
      expect(codeOf(await other.as('POST', '/auth/age', grown))).toBe('age_answered')
    } finally {
      await later.close()
    }
  })

  test('a child grows up by itself', async () => {
    const { as, id } = await place.player()
    await as('POST', '/auth/age', child)
    const years = await startAnotherApi(
      stack,
      {},
      { now: () => new Date(Date.now() + 6 * 31_557_600_000) },
    )
    try {
      const grownUp = await place.player(years.url)
      await stored.rows('UPDATE player_age SET player_id = $2 WHERE player_id = $1', id, grownUp.id)
      expect((await grownUp.as('GET', '/auth/permissions')).body).toMatchObject({
        is_child: false,
        age_required: false,
        permissions: { chat: true },
      })
    } finally {
      await years.close()
    }
  })

  test('can be forgotten by the studio’s support, and by no other studio', async () => {
    const { as, id } = await place.player()
    await as('POST', '/auth/age', child)
    const away = await freshEnvironment(stack)
    const stranger = callerOf(away.apiUrl, { 'x-api-key': away.secretKey })
    const ofStranger = `/studio/environments/${away.environmentId}/players/${id}/age`
    expect(codeOf(await stranger('DELETE', ofStranger))).toBe('not_found')
    expect((await place.studio('DELETE', `${place.path}/players/${id}/age`)).status).toBe(204)
    expect((await as('POST', '/auth/age', grown)).body).toMatchObject({ is_child: false })
    const audited = await stored.rows(
      "SELECT actor_kind FROM audit_entry WHERE action = 'age.forget' AND target = $1",
      id,
    )
    expect(audited).toEqual([{ actor_kind: 'member' }])
  })
})

describe('the account of a child', () => {
  const picture = () =>
    sharp({ create: { width: 9, height: 9, channels: 3, background: '#123456' } })
      .png()
      .toBuffer()

  test('shows nothing personal, agrees to nothing, and says that it is one', async () => {
    const home = await openPrivacyPlace(stack)
    const { as, headers } = await home.player()
    await as('PUT', '/auth/profile', {
      username: 'Real Name of mine',
      public_fields: { school: 'Elm Street' },
    })
    const { apiUrl } = home.environment
    const put = await call('PUT', `${apiUrl}/api/v1/auth/avatar`, {
      headers: { ...headers, 'content-type': 'image/png' },
      bytes: await picture(),
    })
    const { avatar_url: address } = Object(put.body)
    expect((await fetch(address)).status).toBe(200)
    await as('PUT', '/privacy/consents', { analytics: true, third_parties: true })
    await home.set('age.gate', { enabled: true })
    await as('POST', '/auth/age', child)
    const { user } = Object((await as('GET', '/auth/profile')).body)
    expect(user).toMatchObject({ is_child: true, avatar_url: null, public_fields: {} })
    expect(user.username).toMatch(/^player-[0-9a-z]{9}$/)
    expect((await fetch(address)).status).toBe(404)
    const consents = await as('GET', '/privacy/consents')
    expect(consents.body).toMatchObject({
      consents: { analytics: false, third_parties: false },
      details: { analytics: { state: 'needs_parent', source: 'age_answer' } },
    })
  })

  test('gives no consent, no name, no picture and no e-mail of its own', async () => {
    const { as } = await place.player()
    await as('POST', '/auth/age', child)
    const refused = [
      await as('PUT', '/privacy/consents', { analytics: true }),
      await as('PUT', '/privacy/consents', { marketing: false, voice: true }),
      await as('PUT', '/auth/profile', { username: 'My own name' }),
      await as('PUT', '/auth/profile', { avatar_url: 'https://pictures.example/me.png' }),
      await as('POST', '/auth/email/change', { email: 'me@player.example' }),
      await as('POST', '/auth/identities', {
        email: 'me@player.example',
        password: 'correct horse battery',
      }),
    ]
    expect(refused.map(codeOf)).toEqual(refused.map(() => 'parental_consent_required'))
    expect((await as('PUT', '/privacy/consents', { analytics: false })).status).toBe(200)
    expect((await as('GET', '/saves/me')).status).toBe(200)
  })

  test('goes together with no account that answered otherwise, or not at all', async () => {
    const [young, old, silent] = [await place.player(), await place.player(), await place.player()]
    await young.as('POST', '/auth/age', child)
    await old.as('POST', '/auth/age', grown)
    const mergeWith = async (other: typeof old) => {
      const other_access_token = String(other.headers.authorization).replace('Bearer ', '')
      const offer = await young.as('POST', '/auth/merges/preview', { other_access_token })
      const { merge_token } = Object(offer.body)
      return young.as('POST', '/auth/merges', { merge_token, keep: 'theirs' })
    }
    expect(codeOf(await mergeWith(old))).toBe('age_answered')
    expect(codeOf(await mergeWith(silent))).toBe('age_required')
  })

  test('cannot be registered with an e-mail: nothing of it is kept', async () => {
    const email = `${crypto.randomUUID()}@player.example`
    const account = { email, password: 'correct horse battery', username: 'Little one' }
    const register = (age?: object) => place.game('POST', '/auth/register', { ...account, age })
    expect(codeOf(await register())).toBe('age_required')
    const device_secret = crypto.randomUUID() + crypto.randomUUID()
    const asChild = { ...child, device_secret }
    expect(codeOf(await register(asChild))).toBe('parental_consent_required')
    expect(codeOf(await register({ ...grown, device_secret }))).toBe('age_answered')
    expect(await stored.rows('SELECT 1 FROM player_email WHERE email = $1', email)).toEqual([])
    const other = { ...grown, device_secret: crypto.randomUUID() + crypto.randomUUID() }
    const made = await register(other)
    expect(made).toMatchObject({ status: 201, body: { user: { is_child: false } } })
  })
})
