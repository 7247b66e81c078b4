import {
  type Answer,
  call,
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freshMember } from '../../apps/api/src/testing/studio.js'
import { type Described, describedRequests } from './described-requests.js'
import { neededQueries, type Preparation, prepareWrites } from './write-preparations.js'

/**
 * The ids of one tenant in the hands of others, on every route of the API document that has an id in its path.
 * The rightful owner asks last: a 404 would show that the ids stood for nothing, and the test for as little.
 */

/** Parameters that are names within the caller's own environment: another one's are the caller's own. */
const names = new Set([
  'queue',
  'board_id',
  'rating',
  'channel',
  'number',
  'slug',
  'kind',
  'version',
  'provider',
  'setting',
  'save_id',
  'collection',
  'key',
  'world_id',
  'from_version',
  'part',
])
const places = new Set(['organization_id', 'project_id', 'environment_id'])

/** What the players of one environment show each other. */
const shownToOtherPlayers = new Set([
  'profiles.show',
  'documents.list',
  'documents.read_many',
  'friends.remove',
  'friends.cancel',
  'friends.accept',
  'friends.decline',
  'blocks.add',
  'blocks.remove',
  'rooms.read',
  'game_servers.join',
  'chat.silenced.add',
  'chat.silenced.remove',
  // Everybody sees a group; who may not act on it is told so.
  'groups.read',
  'groups.update',
  'groups.delete',
  'groups.join',
  'groups.members.list',
  'groups.members.change_role',
  'groups.members.kick',
  'groups.invite',
  'groups.requests.list',
  'groups.requests.accept',
  'groups.requests.refuse',
  'groups.bans.list',
  'groups.bans.put',
  'groups.bans.lift',
])

/** Made elsewhere with more than a request: here they are attacked with an id that stands for nothing. */
const hardToHave = new Set([
  'auth_providers.read',
  'members.passkeys.rename',
  'members.passkeys.remove',
  'webhooks.replay',
  'passkeys.rename',
  'passkeys.remove',
  'identities.unlink',
  'merges.undo',
  'merges.undo_for',
  'exports.read_for',
  'exports.archive_for',
  'exports.archive',
  'erasures.read',
  'groups.withdraw',
  'groups.requests.accept',
  'groups.requests.refuse',
  'groups.bans.lift',
  'parties.promote',
  'parties.cancel_invitation',
  'saves.restore',
  'saves.thumbnail',
])

const stack = inject('stack')
const nobody = '01890000-0000-7000-8000-000000000000'
let database: pg.Client
let place: Awaited<ReturnType<typeof prepareWrites>>
let owner: TestPlayer
let sibling: TestPlayer
let away: TestEnvironment
let foreigner: TestPlayer
let foreignMember: Record<string, string>

beforeAll(async () => {
  database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
  place = await prepareWrites(stack, database)
  away = await freshEnvironment(stack)
  owner = await freshPlayer(place.home)
  sibling = await freshPlayer(place.home)
  foreigner = await freshPlayer(away)
  // Somebody who decides everything in an organisation of their own, and has no part in this one.
  const { id, accessToken } = await freshMember(stack.api_url)
  foreignMember = { authorization: `Bearer ${accessToken}` }
  await database.query('UPDATE membership SET member_id = $1 WHERE organization_id = $2', [
    id,
    away.organizationId,
  ])
})
afterAll(() => database.end())

const ofOwner = (path: string, method = 'GET', json?: unknown) =>
  call(method, `${stack.api_url}/api/v1${path}`, {
    headers: owner.headers,
    ...(json === undefined ? {} : { json }),
  })

/** Things of the attacked player. */
const things: Readonly<Record<string, () => Promise<Record<string, string>>>> = {
  session_id: async () => ({
    session_id: Object((await ofOwner('/auth/sessions')).body).items[0].id,
  }),
  export_id: async () => {
    const asked = await ofOwner('/auth/exports', 'POST')
    return { export_id: Object(asked.body).export?.id ?? nobody }
  },
  room_id: async () => ({
    room_id: Object((await ofOwner('/rooms', 'POST', {})).body).room?.room_id ?? nobody,
  }),
  identity: async () => ({ identity: 'google~1234567890' }),
  key: async () => {
    await ofOwner('/players/me/documents/things/mine', 'PUT', { value: { mine: true } })
    return { collection: 'things', key: 'mine' }
  },
  save_id: async () => {
    await ofOwner('/saves/me', 'POST', { save_id: 'slot1', data: { mine: true } })
    return { save_id: 'slot1' }
  },
  group_id: async () => {
    const { items } = Object((await ofOwner('/groups/mine')).body)
    const [own] = items
    const name = `Owned ${crypto.randomUUID().slice(0, 8)}`
    const { group } = own ?? Object((await ofOwner('/groups', 'POST', { name })).body)
    return { group_id: group?.group_id ?? nobody }
  },
  ticket_id: async () => {
    const wish = { mode: 'duel', region: 'eu', skill_range: [0, 10] }
    const { ticket, ticket_id } = Object((await ofOwner('/matchmaking/tickets', 'POST', wish)).body)
    return { ticket_id: ticket?.ticket_id ?? ticket_id ?? nobody }
  },
  party_id: async () => {
    const { party } = Object((await ofOwner('/parties/mine')).body)
    const own = party ?? Object((await ofOwner('/parties', 'POST', {})).body).party
    return { party_id: own?.party_id ?? nobody }
  },
  invitation_id: async () => {
    const inviter = await freshPlayer(place.home)
    const send = (path: string, json: object) =>
      call('POST', `${stack.api_url}/api/v1${path}`, { headers: inviter.headers, json })
    const { party } = Object((await send('/parties', {})).body)
    const sent = await send(`/parties/${party?.party_id}/invitations`, { player_id: owner.id })
    return { invitation_id: Object(sent.body).invitation?.invitation_id ?? nobody }
  },
  upload_id: async () => {
    const asked = { size: 6, hash: 'a'.repeat(64), content_type: 'application/octet-stream' }
    const begun = await ofOwner('/saves/me/slot1/uploads', 'POST', asked)
    return { upload_id: Object(begun.body).upload?.upload_id ?? nobody, part: '1' }
  },
}

/** The writes that make a thing of a kind for themselves. */
const makers: Readonly<Record<string, string>> = {
  endpoint_id: 'webhooks.test',
  invitation_id: 'invitations.resend',
  key_id: 'keys.write',
  member_id: 'organizations.change_role',
  mute_id: 'chat.unmute',
  promotion_id: 'promotions.undo',
  report_id: 'chat.reports.resolve',
  session_id: 'members.end_session',
}

/** Lists that are empty for whoever is not there; they must be the same for a foreign id as for one of nobody. */
const emptyForNobody = new Set(['players.bans.list', 'players.notes.list'])

interface Attempt {
  params: Record<string, string>
  headers: Record<string, string>
}

const attacked = describedRequests.filter(
  ({ params, credentials }) => credentials.length > 0 && params.some(name => !names.has(name)),
)

describe('an id of somebody else', () => {
  test.each(attacked.map(request => [request.id, request] as const))(
    'D1: %s does not tell others that it exists',
    async (id, request) => {
      await reviveOwner()
      const isOfPlayers = !request.credentials.includes('member')
      const given: Preparation = (await place.prepared[id]?.()) ?? {}
      const params: Record<string, string> = { ...place.params, ...given.params }
      if (isOfPlayers) {
        Object.assign(params, { user_id: owner.id, player_id: owner.id })
        for (const name of request.params) Object.assign(params, await things[name]?.())
      } else if (request.params.includes('team_id') && given.params?.team_id === undefined) {
        Object.assign(params, (await place.prepared['teams.write']?.())?.params)
      } else {
        Object.assign(params, await leafOf(request, given))
      }
      const ask = ({ params, headers }: Attempt) => send(request, given, params, headers)

      for (const attempt of foreignAttempts(request, params)) {
        const answer = await ask(attempt)
        const isRightKind = request.credentials.some(kind => kind === attempt.kind)
        const expected = isRightKind ? [404] : [401, 403]
        if (answer.status === 200 && emptyForNobody.has(id)) {
          expect(answer.body).toEqual({ items: [], next_cursor: null })
          continue
        }
        expect(expected, `${attempt.who}: ${JSON.stringify(answer.body)}`).toContain(answer.status)
        codeOf(answer)
      }
      const anonymous = await ask({ params, headers: {} })
      expect([anonymous.status, codeOf(anonymous)]).toEqual([401, 'credential_missing'])

      if (hardToHave.has(id)) return
      const rightful = isOfPlayers
        ? request.credentials.includes('player')
          ? owner.headers
          : place.asServer
        : place.asOwner
      const answer = await ask({ params, headers: { ...rightful, ...given.headers } })
      expect(answer.status, `the ids stood for nothing: ${JSON.stringify(answer.body)}`).not.toBe(
        404,
      )
    },
  )

  test('D1: every exception is about an operation that there is', () => {
    const ids = describedRequests.map(request => request.id)
    const exceptions = [...hardToHave, ...shownToOtherPlayers, ...emptyForNobody]
    expect(exceptions.filter(id => !ids.includes(id))).toEqual([])
  })

  /** Some operations end the sessions of whoever they are about; the next one wants an owner again. */
  async function reviveOwner() {
    if ((await ofOwner('/auth/profile')).status === 401) owner = await freshPlayer(place.home)
  }

  /** A thing of the kind that the path ends with, made as for a write that needs one, too. */
  async function leafOf(request: Described, given: Preparation) {
    const leaf = request.params.findLast(name => name in makers) ?? ''
    if (given.params?.[leaf] !== undefined) return {}
    const made = await place.prepared[makers[leaf] ?? '']?.()
    return { [leaf]: made?.params?.[leaf] ?? nobody }
  }

  function foreignAttempts(request: Described, params: Record<string, string>) {
    const server = { 'x-api-key': away.secretKey }
    const own: Record<string, string> = {
      ...params,
      organization_id: away.organizationId,
      project_id: away.projectId,
      environment_id: away.environmentId,
    }
    const attempts = [
      { who: 'a player of another project', kind: 'player', params, headers: foreigner.headers },
      { who: 'a server of another project', kind: 'secret key', params, headers: server },
      { who: 'an owner elsewhere', kind: 'member', params, headers: foreignMember },
    ]
    if (!shownToOtherPlayers.has(request.id)) {
      attempts.push({ who: 'another player', kind: 'player', params, headers: sibling.headers })
    }
    // In a place of one's own, with the thing of another.
    const isPlaced = request.params.some(name => places.has(name))
    const hasThing = request.params.some(name => !places.has(name) && !names.has(name))
    if (isPlaced && hasThing) {
      attempts.push(
        { who: 'a server at home', kind: 'secret key', params: own, headers: server },
        { who: 'an owner at home', kind: 'member', params: own, headers: foreignMember },
      )
    }
    return attempts
  }

  async function send(
    request: Described,
    given: Preparation,
    params: Record<string, string>,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const path = request.path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? nobody)
    const query = given.query ?? neededQueries[request.id] ?? ''
    const json = given.json ?? request.example
    const inJson = { type: 'application/json', bytes: JSON.stringify(json) }
    const body = given.file ?? (json === undefined ? undefined : inJson)
    return asAnswer(
      await fetch(stack.api_url + path + query, {
        method: request.method,
        headers: { ...(body && { 'content-type': body.type }), ...headers },
        ...(body && { body: body.bytes }),
      }),
    )
  }
})

/** Exports are files: only what is JSON is read as such. */
async function asAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /\bjson\b/.test(response.headers.get('content-type')?.split(';', 1)[0] ?? '')
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  }
}
