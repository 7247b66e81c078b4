import { createEmitter, type Listenable } from '../core/emitter.js'
import { type Call, path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore } from '../core/session-store.js'
import { uuidv7 } from '../core/uuid.js'
import type { ServerMessage } from '../generated/messages.js'
import type { components } from '../generated/openapi.js'
import type { Socket } from '../realtime/socket.js'

type Schemas = components['schemas']

/** A guild, a clan, a family: players who belong together for long. */
export type Group = Schemas['Group']
export type GroupMember = Schemas['GroupMember']
/** Somebody who asks to be let in, or is invited. */
export type GroupRequest = Schemas['GroupRequest']
/** What is open between the player and a group. */
export type OwnGroupRequest = Schemas['OwnGroupRequest']
export type GroupBan = Schemas['GroupBan']
export type GroupRole = GroupMember['role']
/** Who comes in: anybody, who is let in, or who was invited. */
export type Admission = Group['admission']
/** What has happened in a group: to itself, or to `player`. */
export type GroupChange = Omit<Extract<ServerMessage, { type: 'group_updated' }>, 'type'>

interface GroupEvents {
  /** Something has changed in a group of the player. In groups of more than 100 one hears of oneself only. */
  updated: [change: GroupChange]
  /** The player is asked to join. */
  invited: [change: GroupChange]
  /** Changes may have been missed: read again what is shown. Also with every new connection. */
  gap: []
}

interface PageWish {
  limit?: number
  /** `next_cursor` of the page before. */
  cursor?: string
}
type PageOf<T> = Promise<Result<{ items: T[]; next_cursor: string | null }>>

export interface GroupWish {
  description?: string
  /** Part of its chat topic, `chat.<world>.family.<name>`; `main` unless said. */
  world?: string
  /** `request` unless said. */
  admission?: Admission
  max_members?: number
}

/**
 * Groups that last. Events come while there is a connection (`multiplayer.connect`, or `live`). Everywhere:
 * `not_found`, and `forbidden` for what takes a higher role.
 */
export interface Groups extends Listenable<GroupEvents> {
  /** Makes a group that the player leads. Errors: `name_taken`, also by a name that looks alike; `limit_reached`. */
  create(name: string, wish?: GroupWish): Promise<Result<{ group: Group }>>
  /** The group, what the player is in it, and what is open between the two. */
  get(
    groupId: string,
  ): Promise<
    Result<{ group: Group; role: GroupRole | null; pending: 'request' | 'invitation' | null }>
  >
  /** Groups by name, those that begin with `prefix`. */
  search(options?: PageWish & { prefix?: string; world?: string }): PageOf<Group>
  /** Those that the player belongs to. */
  mine(): Promise<Result<{ items: { group: Group; role: GroupRole; joined_at: string }[] }>>
  /** Invitations to the player, and the player's own requests. */
  pending(): Promise<Result<{ items: OwnGroupRequest[] }>>
  /** For the leader. Errors: `name_taken`, `group_full` (fewer places than members). */
  update(groupId: string, changes: GroupWish & { name?: string }): Promise<Result<{ group: Group }>>
  /** Ends it for all. For the leader. */
  delete(groupId: string): Promise<Result>
  /**
   * Enters an open group or one that has invited the player; elsewhere asks to be let in. Errors: `group_full`,
   * `group_banned`, `invitation_required`, `already_in_group`, `limit_reached` (the player belongs to too many).
   */
  join(
    groupId: string,
    message?: string,
  ): Promise<Result<{ status: 'joined' | 'requested'; group: Group }>>
  /** Leaves; a leader is followed by the longest-serving officer or member, and the last one ends the group. */
  leave(groupId: string): Promise<Result>
  /** Declines an invitation, or takes the player's own request back. */
  withdraw(groupId: string): Promise<Result>
  /** The leader, the officers, the members; longest-serving first. */
  members(groupId: string, page?: PageWish): PageOf<GroupMember>
  /** `leader` hands over the lead. For the leader. */
  setRole(
    groupId: string,
    playerId: string,
    role: GroupRole,
  ): Promise<Result<{ member: GroupMember }>>
  /** Throws somebody out who stands lower. For officers, as all that follows. */
  kick(groupId: string, playerId: string): Promise<Result>
  /** Invites a player, or lets in one who has asked (`joined`). Errors: `already_in_group`, `group_banned`. */
  invite(
    groupId: string,
    playerId: string,
    message?: string,
  ): Promise<Result<{ status: 'invited' | 'joined'; group: Group }>>
  /** Who asks to be let in, and who is invited. */
  requests(groupId: string, page?: PageWish): PageOf<GroupRequest>
  accept(groupId: string, playerId: string): Promise<Result<{ group: Group }>>
  /** Refuses who has asked, or takes an invitation back. */
  refuse(groupId: string, playerId: string): Promise<Result>
  /** Keeps a player out, and throws them out. */
  ban(groupId: string, playerId: string, reason?: string): Promise<Result>
  unban(groupId: string, playerId: string): Promise<Result>
  bans(groupId: string, page?: PageWish): PageOf<GroupBan>
}

interface GroupsParts {
  session: Session
  sessions: SessionStore
  socket: Pick<Socket, 'on'>
  onFault(thrown: unknown): void
}

const postTo = (parts: string[], body?: object): Call => ({
  method: 'POST',
  path: path('groups', ...parts),
  ...(body === undefined ? {} : { body }),
  operationId: uuidv7(),
})

export function createGroups({
  session,
  sessions,
  socket,
  onFault,
}: GroupsParts): Groups & { close(): void } {
  const events = createEmitter<GroupEvents>(onFault)
  const stops = [
    socket.on('ready', () => void events.emit('gap')),
    socket.on('message', message => {
      if (message.type === 'news_gap') events.emit('gap')
      if (message.type !== 'group_updated') return
      const { type: _type, ...change } = message
      const isOwn = change.player?.player_id === sessions.read()?.user.id
      if (change.change === 'invited' && isOwn) events.emit('invited', change)
      else events.emit('updated', change)
    }),
  ]

  // The paths are made within the calls, so that what is no id is a failure of that call.
  const ask = <T extends object>(
    method: 'GET' | 'PATCH' | 'PUT',
    parts: string[],
    more: Pick<Call, 'body' | 'query'> = {},
  ) => attempt(() => session.request<T>({ method, path: path('groups', ...parts), ...more }))
  const list = <T>(
    parts: string[],
    { limit, cursor }: PageWish = {},
    filter: Record<string, string | undefined> = {},
  ) =>
    ask<{ items: T[]; next_cursor: string | null }>('GET', parts, {
      query: { limit, cursor, ...filter },
    })
  const post = <T extends object>(parts: string[], body?: object) =>
    attempt(() => session.request<T>(postTo(parts, body)))
  const act = (parts: string[]) =>
    attempt(async () => {
      await session.request(postTo(parts))
      return {}
    })
  const remove = (...parts: string[]) =>
    attempt(async () => {
      await session.request({ method: 'DELETE', path: path('groups', ...parts) })
      return {}
    })

  return {
    on: events.on,
    create: (name, wish = {}) => post([], { name, ...wish }),
    get: groupId => ask('GET', [groupId]),
    search: ({ prefix, world, ...page } = {}) => list([], page, { prefix, world }),
    mine: () => ask('GET', ['mine']),
    pending: () => ask('GET', ['pending']),
    update: (groupId, changes) => ask('PATCH', [groupId], { body: changes }),
    delete: groupId => remove(groupId),
    join: (groupId, message) => post([groupId, 'join'], { message }),
    leave: groupId => act([groupId, 'leave']),
    withdraw: groupId => act([groupId, 'withdraw']),
    members: (groupId, page) => list([groupId, 'members'], page),
    setRole: (groupId, playerId, role) =>
      ask('PUT', [groupId, 'members', playerId], { body: { role } }),
    kick: (groupId, playerId) => remove(groupId, 'members', playerId),
    invite: (groupId, playerId, message) =>
      post([groupId, 'invitations'], { player_id: playerId, message }),
    requests: (groupId, page) => list([groupId, 'requests'], page),
    accept: (groupId, playerId) => post([groupId, 'requests', playerId, 'accept']),
    refuse: (groupId, playerId) => remove(groupId, 'requests', playerId),
    ban: (groupId, playerId, reason) =>
      attempt(async () => {
        const where = path('groups', groupId, 'bans', playerId)
        await session.request({ method: 'PUT', path: where, body: { reason } })
        return {}
      }),
    unban: (groupId, playerId) => remove(groupId, 'bans', playerId),
    bans: (groupId, page) => list([groupId, 'bans'], page),
    close() {
      for (const stop of stops) stop()
      events.clear()
    },
  }
}
