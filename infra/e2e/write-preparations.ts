import { createHash } from 'node:crypto'
import { call, freshEnvironment, freshPlayer, type SharedStack } from '@aethex/shared/testing'
import type pg from 'pg'
import { z } from 'zod'
import { freshMember, studioPassword } from '../../apps/api/src/testing/studio.js'
import { chatPreparations } from './chat-preparations.js'
import { roomPreparations } from './room-preparations.js'

/** What a request of a route needs beside the route's own example. */
export interface Preparation {
  params?: Record<string, string>
  query?: string
  json?: unknown
  /** A body that is not JSON. */
  file?: { type: string; bytes: Uint8Array<ArrayBuffer> }
  headers?: Record<string, string>
}

/** Parameters that routes cannot do without. */
export const neededQueries: Readonly<Record<string, string>> = {
  'saves.history': '?save_id=slot1',
  'saves.diff': '?from=1&to=1',
  'presence.read': '?user_ids=01890000-0000-7000-8000-000000000000',
}

// One white pixel.
const picture = Uint8Array.from(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWP4//8/AAX+Av5Y8msOAAAAAElFTkSuQmCC',
    'base64',
  ),
)

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const Id = z.looseObject({ id: z.string() })
const Upload = z.looseObject({ upload_id: z.string() })

const reportCounts = [
  'total',
  'looked_at',
  'migrated',
  'unchanged',
  'current',
  'newer',
  'unreachable',
  'failed',
  'files',
  'gone',
  'overtaken',
  'size_before',
  'size_after',
  'kept_failures',
  'kept_samples',
]

/** An organisation of its own, and by a route's id what makes a write of that route succeed there. */
export async function prepareWrites(stack: SharedStack, database: pg.Client) {
  const home = await freshEnvironment(stack)
  const player = await freshPlayer(home)
  const asOwner = bearer(home.memberToken)
  const asServer = { 'x-api-key': home.secretKey }
  const organization = `/studio/organizations/${home.organizationId}`
  const environment = `/studio/environments/${home.environmentId}`
  const { rows } = await database.query<{ project_id: string }>(
    'SELECT project_id FROM environment WHERE id = $1',
    [home.environmentId],
  )
  const projectId = rows[0]?.project_id ?? ''

  async function ask(method: string, path: string, json?: unknown, headers = asOwner) {
    const url = `${stack.api_url}/api/v1${path}`
    const answer = await call(method, url, { headers, ...(json === undefined ? {} : { json }) })
    if (answer.status < 300) return Object(answer.body)
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  const make = async (part: string, path: string, json: unknown, headers = asOwner) =>
    Id.parse((await ask('POST', path, json, headers))[part]).id

  const unique = () => `w-${crypto.randomUUID().slice(0, 12)}`
  const named = async (part: string, path: string, param: string): Promise<Preparation> => {
    const name = unique()
    return { params: { [param]: await make(part, path, { name }) }, query: `?name=${name}` }
  }
  const freshProject = () => named('project', `${organization}/projects`, 'project_id')
  const freshStage = () =>
    named('environment', `/studio/projects/${projectId}/environments`, 'environment_id')
  const freshTeam = async () => ({
    team_id: await make('team', `${organization}/teams`, { name: unique() }),
  })
  const freshKey = async (): Promise<Preparation> => {
    const json = { kind: 'secret', name: unique() }
    return { params: { key_id: await make('key', `${environment}/keys`, json) } }
  }
  const freshEndpoint = async (): Promise<Preparation> => {
    const json = { url: 'https://studio.example/hooks', events: ['player.banned'] }
    return { params: { endpoint_id: await make('endpoint', `${environment}/webhooks`, json) } }
  }
  const freshInvitation = async (): Promise<Preparation> => {
    const json = { email: `${unique()}@studio.example`, role: 'developer', team_ids: [] }
    const id = await make('invitation', `${organization}/invitations`, json)
    return { params: { invitation_id: id } }
  }
  /** A file of one part, which is this text as JSON. */
  const uploaded = 'part'
  const upload = async () => {
    const bytes = JSON.stringify(uploaded)
    const hash = createHash('sha256').update(bytes).digest('hex')
    const json = { size: bytes.length, hash, content_type: 'application/octet-stream' }
    const save_id = unique()
    const begun = await ask('POST', `/saves/${player.id}/${save_id}/uploads`, json, asServer)
    return { params: { save_id, upload_id: Upload.parse(begun.upload).upload_id, part: '1' } }
  }
  /** A slot with one version. */
  const slot = async () => {
    const save_id = unique()
    await ask('POST', `/saves/${player.id}`, { save_id, data: {} }, asServer)
    return { save_id, version: '1' }
  }
  /** A member with a session to lose. */
  const somebody = async (): Promise<Preparation> => ({
    headers: bearer((await freshMember(stack.api_url)).accessToken),
  })
  const colleague = async () => {
    const { id, accessToken } = await freshMember(stack.api_url)
    await database.query(
      "INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, 'developer')",
      [home.organizationId, id],
    )
    return { params: { member_id: id }, headers: bearer(accessToken) }
  }
  const placed = async (what: 'member' | 'project'): Promise<Preparation> => {
    const { team_id } = await freshTeam()
    const { params } = await colleague()
    const path = `${organization}/teams/${team_id}/${what}s`
    if (what === 'member') await ask('PUT', `${path}/${params.member_id}`)
    else await ask('PUT', `${path}/${projectId}`, { role: 'developer' })
    return { params: { team_id, ...params } }
  }
  const promotion = async () => {
    const { params = {} } = await freshStage()
    const value = { mode: 'confirm_email' }
    await ask('PUT', `${environment}/settings/auth.registration`, value)
    return {
      from_environment_id: home.environmentId,
      to_environment_id: params.environment_id,
      dry_run: false,
    }
  }
  const banned = async (): Promise<Preparation> => {
    const guest = await freshPlayer(home)
    await ask('POST', `${environment}/players/${guest.id}/ban`, { reason: 'x', ends_at: null })
    return { params: { player_id: guest.id }, query: '?reason=over' }
  }
  const document = async (): Promise<Preparation> => {
    const key = unique()
    const path = `/players/${player.id}/documents/things/${key}`
    await ask('PUT', path, { value: {} }, asServer)
    return { params: { collection: 'things', key } }
  }
  const group = async () => {
    const founder = await freshPlayer(home)
    const name = `Group ${unique()}`
    const made = await ask('POST', '/groups', { name }, founder.headers)
    return { params: { group_id: String(made.group.group_id) } }
  }
  /** With the player who leads it. */
  const party = async () => {
    const leader = await freshPlayer(home)
    const made = await ask('POST', '/parties', {}, leader.headers)
    return { params: { party_id: String(made.party.party_id), player_id: leader.id } }
  }
  const withPassword = async (): Promise<Preparation> => {
    const guest = await freshPlayer(home)
    await database.query('INSERT INTO password_credential VALUES ($1, $2, $3, now())', [
      home.environmentId,
      guest.id,
      'no hash',
    ])
    return { params: { player_id: guest.id } }
  }

  const rating = async () => {
    const path = `${environment}/settings/ratings.systems`
    await ask('PUT', path, { ratings: { ranked: { system: 'weng_lin', visible_to: 'owner' } } })
    return { params: { rating: 'ranked' } }
  }
  /** What came of a match of that rating. */
  const result = async () => {
    const ids = [player.id, (await freshPlayer(home)).id]
    const teams = ids.map((id, index) => ({ players: [id], rank: index + 1 }))
    return { match_id: unique(), teams }
  }

  const step = async (from: number): Promise<Preparation> => {
    const source = 'export default save => save'
    await ask('PUT', `${environment}/save-formats/${from}`, { source })
    return { params: { from_version: String(from) } }
  }
  /** A run that nobody works on. */
  const formatRun = (state: 'running' | 'paused') => async (): Promise<Preparation> => {
    const { rows } = await database.query<{ id: string }>(
      `INSERT INTO save_format_run (environment_id, id, kind, state, schema_version, steps, per_second, samples,
         report, leased_until)
       SELECT $1, gen_random_uuid(), 'dry', $2::save_format_run_state, 1, '[]', 1, 0,
         jsonb_object_agg(name, 0) || '{"formats":{}}', now() + interval '1 hour'
       FROM unnest($3::text[]) AS name RETURNING id`,
      [home.environmentId, state, reportCounts],
    )
    return { params: { run_id: rows[0]?.id ?? '' } }
  }

  const prepared: Readonly<Record<string, () => Promise<Preparation>>> = {
    'members.logout': somebody,
    'members.request_verification': somebody,
    'members.change_email': async () => ({
      ...(await somebody()),
      json: { email: `${unique()}@studio.example` },
    }),
    'members.change_password': somebody,
    'members.end_session': async () => {
      const { email, accessToken } = await freshMember(stack.api_url)
      await ask('POST', '/studio/login', { email, password: studioPassword })
      const headers = bearer(accessToken)
      const { items } = await ask('GET', '/studio/sessions', undefined, headers)
      const other = z.array(z.looseObject({ id: z.string(), current: z.boolean() })).parse(items)
      return { headers, params: { session_id: other.find(one => !one.current)?.id ?? '' } }
    },
    'members.end_other_sessions': somebody,
    'members.second_factor.enrol': somebody,
    'members.reauthenticate': somebody,
    'members.delete_me': async () => ({ headers: (await colleague()).headers }),
    'organizations.delete': async () =>
      named('organization', '/studio/organizations', 'organization_id'),
    'organizations.change_role': async () => ({
      params: (await colleague()).params,
      json: { role: 'analyst' },
    }),
    'organizations.remove_member': async () => ({ params: (await colleague()).params }),
    'organizations.leave': async () => ({ headers: (await colleague()).headers }),
    'teams.create': async () => ({ json: { name: unique() } }),
    'teams.write': async () => ({ params: await freshTeam(), json: { name: unique() } }),
    'teams.delete': async () => ({ params: await freshTeam() }),
    'teams.add_member': async () => ({
      params: { ...(await freshTeam()), ...(await colleague()).params },
    }),
    'teams.remove_member': () => placed('member'),
    'teams.grant_project': async () => ({ params: await freshTeam() }),
    'teams.revoke_project': () => placed('project'),
    'invitations.resend': freshInvitation,
    'invitations.revoke': freshInvitation,
    'projects.delete': freshProject,
    'environments.create': async () => ({ json: { name: unique() } }),
    'environments.write': async () => ({
      ...(await freshStage()),
      query: '',
      json: { name: unique() },
    }),
    'environments.delete': freshStage,
    'promotions.create': async () => ({ json: await promotion() }),
    'promotions.undo': async () => {
      const path = `/studio/projects/${projectId}/promotions`
      return { params: { promotion_id: await make('promotion', path, await promotion()) } }
    },
    'keys.write': freshKey,
    'keys.rotate': freshKey,
    'keys.revoke': freshKey,
    'auth_providers.delete': async () => {
      const json = { client_id: 'x', client_secret: 'y' }
      await ask('PUT', `${environment}/auth/providers/discord`, json)
      return { params: { provider: 'discord' } }
    },
    'webhooks.update': freshEndpoint,
    'webhooks.remove': freshEndpoint,
    'webhooks.rotate_secret': freshEndpoint,
    'webhooks.replay_dead': freshEndpoint,
    'webhooks.test': freshEndpoint,
    'age.forget': async () => ({ params: { player_id: (await freshPlayer(home)).id } }),
    'exports.request_for': async () => ({ params: { player_id: (await freshPlayer(home)).id } }),
    'erasures.request_for': async () => ({ params: { player_id: (await freshPlayer(home)).id } }),
    'nonces.register': async () => ({
      json: { nonce: unique() + unique(), payload: {}, ttl_seconds: 60 },
    }),
    'nonces.redeem': async () => {
      const nonce = unique() + unique()
      await ask('POST', '/nonces', { nonce, payload: {}, ttl_seconds: 60 }, asServer)
      return { json: { nonce } }
    },
    'players.rename': async () => ({ json: { username: unique(), reason: 'x' } }),
    'players.ban': async () => ({ params: { player_id: (await freshPlayer(home)).id } }),
    'players.unban': banned,
    'players.force_password_reset': withPassword,
    'groups.show': group,
    'groups.show_members': group,
    'groups.moderate': async () => ({
      ...(await group()),
      json: { name: `Group ${unique()}`, reason: 'x' },
    }),
    'groups.remove': async () => ({ ...(await group()), query: '?reason=x' }),
    'groups.invite': async () => ({ json: { player_id: player.id } }),
    'parties.show': party,
    'parties.show_of_player': party,
    'parties.remove': async () => ({ ...(await party()), query: '?reason=x' }),
    'parties.invite': async () => ({ json: { player_id: player.id } }),
    'tokens.create': async () => ({ json: { user_id: player.id } }),
    'saves.put': async () => ({ params: { save_id: unique() }, json: 'whatever' }),
    'save_uploads.begin': async () => ({ params: { save_id: unique() } }),
    'save_uploads.put_part': async () => ({ ...(await upload()), json: uploaded }),
    'save_uploads.complete': async () => {
      const { params } = await upload()
      const parts = `/saves/${player.id}/${params.save_id}/uploads/${params.upload_id}/parts`
      await ask('PUT', `${parts}/1`, uploaded, asServer)
      return { params }
    },
    'save_uploads.abort': upload,
    'saves.delete': async () => {
      await ask('POST', `/saves/${player.id}`, { save_id: 'ended', data: {} }, asServer)
      return { params: { save_id: 'ended' } }
    },
    'saves.restore': async () => ({ params: await slot() }),
    'saves.undelete': async () => {
      const params = await slot()
      await ask('DELETE', `/saves/${player.id}/${params.save_id}`, undefined, asServer)
      return { params }
    },
    'saves.pin': async () => ({ params: await slot() }),
    'saves.unpin': async () => ({ params: await slot() }),
    'saves.set_thumbnail': async () => ({
      params: await slot(),
      file: { type: 'image/png', bytes: picture },
    }),
    'saves.diff': async () => ({ params: await slot() }),
    'documents.patch': document,
    'documents.delete': document,
    'worlds.delete': async () => {
      const world = unique()
      const events = [{ event_id: 'first', type: 'begun', data: {} }]
      await ask('POST', `/worlds/${world}/events`, { events }, asServer)
      return { params: { world_id: world } }
    },
    'save_formats.read': () => step(6),
    'save_formats.delete': () => step(7),
    'save_formats.read_run': formatRun('paused'),
    'save_formats.list_findings': formatRun('paused'),
    'save_formats.start_run': async () => ({
      ...(await step(8)),
      json: { kind: 'dry', schema_version: 9 },
    }),
    'save_formats.pause_run': formatRun('running'),
    'save_formats.resume_run': formatRun('paused'),
    'save_formats.cancel_run': formatRun('paused'),
    ...chatPreparations({ home, player, ask, unique }),
    ...roomPreparations((path, json) => ask('POST', path, json, asServer)),
    'leaderboards.define': async () => ({ params: { board_id: unique() } }),
    'ratings.report': async () => ({ ...(await rating()), json: await result() }),
    'ratings.read': rating,
    'ratings.history': rating,
    'ratings.calibration': rating,
    'ratings.read_result': async () => {
      const { params } = await rating()
      const json = await result()
      await ask('POST', `/ratings/${params.rating}/results`, json, asServer)
      return { params: { ...params, match_id: json.match_id } }
    },
  }

  const params: Readonly<Record<string, string>> = {
    organization_id: home.organizationId,
    project_id: projectId,
    team_project_id: projectId,
    environment_id: home.environmentId,
    player_id: player.id,
    user_id: player.id,
    setting: 'auth.registration',
    provider: 'google',
    save_id: 'slot1',
    collection: 'things',
    key: 'one',
    world_id: 'overworld',
    channel: 'chat.main.public',
    number: '1',
    from_version: '1',
  }
  return { home, asOwner, asServer, params, prepared }
}
