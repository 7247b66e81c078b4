import { createEmitter, type Listenable } from '../core/emitter.js'
import { path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import { uuidv7 } from '../core/uuid.js'
import type { components } from '../generated/openapi.js'
import type { Socket } from '../realtime/socket.js'

/** A friend, and since when. */
export type Friend = components['schemas']['Friend']
/** Somebody who has asked, or was asked. */
export type FriendRequest = components['schemas']['FriendRequest']
/** Somebody whom the player blocks. */
export type BlockedPlayer = components['schemas']['BlockedPlayer']

interface PageWish {
  limit?: number
  /** `next_cursor` of the page before. */
  cursor?: string
}

type PageOf<T> = Promise<Result<{ items: T[]; next_cursor: string | null }>>

/** The other player of some news. */
export interface FriendNews {
  user_id: string
  username: string
}

interface FriendEvents {
  /** Somebody asks to be friends. */
  requested: [from: FriendNews]
  /** There is a new friend, whoever asked. */
  added: [friend: FriendNews]
  /** Somebody is no friend any more, whoever ended it. */
  removed: [friend: FriendNews]
  /** Some of this may have been missed, so whoever shows a list asks for it again. Also with every new connection. */
  gap: []
}

/** Friends and blocks. Events come while there is a connection (`multiplayer.connect`, `presence.watchFriends`). */
export interface Friends extends Listenable<FriendEvents> {
  /**
   * Asks a player to be friends, by id or name; of two who ask each other friends are made. Somebody who blocks the
   * player, or has said no, is asked in vain, and that looks like waiting. Errors: `not_found`, `oneself`,
   * `player_blocked` (by this player), `friends_full`, `friend_requests_full`, `age_required`,
   * `parental_consent_required`.
   */
  request(
    whom: { user_id: string } | { username: string },
  ): Promise<Result<{ status: 'requested' | 'friends'; user_id: string }>>
  /** Says yes to who has asked. Errors: `not_found` (nobody has), `friends_full`. */
  accept(userId: string): Promise<Result<{ friend: FriendNews }>>
  /** Says no; the other is not told. */
  decline(userId: string): Promise<Result>
  /** Takes a request of one's own back. */
  cancel(userId: string): Promise<Result>
  /** Ends a friendship. */
  remove(userId: string): Promise<Result>
  /** Newest first. */
  list(page?: PageWish): PageOf<Friend>
  /** What others have asked (`incoming`, unless said), or what the player has; newest first. */
  requests(options?: PageWish & { direction?: 'incoming' | 'outgoing' }): PageOf<FriendRequest>
  /** Ends a friendship, and neither hears of the other any more. The other is not told. Errors: `blocks_full`. */
  block(userId: string): Promise<Result>
  unblock(userId: string): Promise<Result>
  /** Newest first. */
  blocks(page?: PageWish): PageOf<BlockedPlayer>
}

const newsEvents = {
  friend_requested: 'requested',
  friend_added: 'added',
  friend_removed: 'removed',
} as const

export function createFriends(
  session: Session,
  socket: Pick<Socket, 'on'>,
  onFault: (thrown: unknown) => void,
): Friends & { close(): void } {
  const events = createEmitter<FriendEvents>(onFault)
  const stops = [
    socket.on('ready', () => void events.emit('gap')),
    socket.on('message', message => {
      switch (message.type) {
        case 'friend_requested':
        case 'friend_added':
        case 'friend_removed': {
          const { player_id: user_id, username } = message.friend
          events.emit(newsEvents[message.type], { user_id, username })
          break
        }
        case 'news_gap':
          events.emit('gap')
      }
    }),
  ]

  const act = (method: 'POST' | 'PUT' | 'DELETE', ...parts: string[]) =>
    attempt(async () => {
      // Each of these may be done twice.
      await session.request({ method, path: path(...parts), repeatable: true })
      return {}
    })
  const requestOf = (userId: string) => ['friends', 'requests', userId]
  const list = <T>(where: string, { limit, cursor }: PageWish, direction?: string) =>
    attempt(() =>
      session.request<{ items: T[]; next_cursor: string | null }>({
        method: 'GET',
        path: where,
        query: { limit, cursor, direction },
      }),
    )

  return {
    on: events.on,
    request: whom =>
      attempt(() =>
        session.request({
          method: 'POST',
          path: '/friends/requests',
          body: whom,
          operationId: uuidv7(),
        }),
      ),
    accept: userId =>
      attempt(() =>
        session.request({
          method: 'POST',
          path: path(...requestOf(userId), 'accept'),
          repeatable: true,
        }),
      ),
    decline: userId => act('POST', ...requestOf(userId), 'decline'),
    cancel: userId => act('DELETE', ...requestOf(userId)),
    remove: userId => act('DELETE', 'friends', userId),
    list: (page = {}) => list('/friends', page),
    requests: (options = {}) => list('/friends/requests', options, options.direction),
    block: userId => act('PUT', 'blocks', userId),
    unblock: userId => act('DELETE', 'blocks', userId),
    blocks: (page = {}) => list('/blocks', page),
    close() {
      for (const stop of stops) stop()
      events.clear()
    },
  }
}
