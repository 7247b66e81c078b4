import { createEmitter, type Listenable } from '../core/emitter.js'
import { AeThexError, hasCode } from '../core/error.js'
import { path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore } from '../core/session-store.js'
import { later } from '../core/timer.js'
import { uuidv7 } from '../core/uuid.js'
import type { components } from '../generated/openapi.js'
import type { Socket } from '../realtime/socket.js'
import { createOwnParty, type PartyLeft } from './own-party.js'

/** A party as its members see it. */
export type Party = components['schemas']['Party']
/** An invitation to a party, perhaps for an activity such as a raid. */
export type PartyInvitation = components['schemas']['PartyInvitation']

interface PartyEvents {
  /** The player's party has changed, or is theirs from now on. */
  updated: [party: Party]
  /** The player is in that party no more. */
  left: [party: PartyLeft]
  invited: [invitation: PartyInvitation]
  /** An invitation is over: answered on another device, taken back, or its party ended. */
  uninvited: [invitation: { invitation_id: string }]
}

/** What players are called together for. */
export interface Activity {
  /** Such as `raid`: a to z, 0 to 9, `_` and `-`. */
  kind: string
  name: string
  /** RFC 3339. */
  starts_at?: string | null
}

/**
 * The party that the player is in: one at most. Events come while there is a connection (`multiplayer.connect`, or
 * `live`); after a gap in them the party is read again by itself.
 */
export interface Parties extends Listenable<PartyEvents> {
  /** The party as last known; null when the player is in none, or none is known yet. */
  current(): Party | null
  /** Asks which party the player is in. */
  get(): Promise<Result<{ party: Party | null }>>
  /** Makes one that the player leads. `data` is free, up to 4 KiB. Errors: `already_in_party`. */
  create(options?: {
    /** Whether whoever knows its id may join; no unless true. */
    isOpen?: boolean
    maxSize?: number
    data?: Record<string, unknown>
  }): Promise<Result<{ party: Party }>>
  /** Enters an open party. Errors: `not_found`, `party_full`, `already_in_party`. */
  join(partyId: string): Promise<Result<{ party: Party }>>
  /** Leaves; a leader is followed by the longest-serving member. Succeeds, too, for who is in none. */
  leave(): Promise<Result>
  /** For the leader. With `ifVersion`, only if nobody changed the party since. Errors: `forbidden`, `version_mismatch`. */
  update(
    changes: { isOpen?: boolean; maxSize?: number; data?: Record<string, unknown> },
    options?: { ifVersion?: number },
  ): Promise<Result<{ party: Party }>>
  setReady(ready: boolean): Promise<Result<{ party: Party }>>
  /** Hands over the lead. Errors: `forbidden`, `not_found`. */
  promote(playerId: string): Promise<Result<{ party: Party }>>
  /** Throws somebody out. Errors: `forbidden`, `not_found`. */
  kick(playerId: string): Promise<Result>
  /**
   * Invites a player; makes a party first when there is none. Errors: `not_found` (also between players who block each
   * other), `already_in_party`, `party_full`, `forbidden`.
   */
  invite(playerId: string, activity?: Activity): Promise<Result<{ invitation: PartyInvitation }>>
  /** Takes an invitation back. */
  cancelInvitation(invitationId: string): Promise<Result>
  /** What the player is invited to, newest first. */
  invitations(): Promise<Result<{ items: PartyInvitation[] }>>
  /** Errors: `not_found` (it is over), `party_full`, `already_in_party`. */
  accept(invitationId: string): Promise<Result<{ party: Party }>>
  decline(invitationId: string): Promise<Result>
}

interface PartiesParts {
  session: Session
  sessions: SessionStore
  socket: Pick<Socket, 'on'>
  onFault(thrown: unknown): void
}

/** A node that lost its Redis tells all of its players at once; they must not all ask at once. */
const gapSpreadMs = 5_000

const mine = '/parties/mine'
const bodyOf = (wish: { isOpen?: boolean; maxSize?: number; data?: Record<string, unknown> }) => ({
  is_open: wish.isOpen,
  max_size: wish.maxSize,
  data: wish.data,
})

export function createParties({
  session,
  sessions,
  socket,
  onFault,
}: PartiesParts): Parties & { close(): void } {
  const events = createEmitter<PartyEvents>(onFault)
  const own = createOwnParty(
    party => events.emit('updated', party),
    left => events.emit('left', left),
  )
  /** Whoever never uses parties is not asked about them at every connection. */
  let isUsed = false
  let cancelReading: (() => void) | undefined
  const told = new Set<string>()

  function showInvitation(invitation: PartyInvitation): void {
    if (told.has(invitation.invitation_id)) return
    told.add(invitation.invitation_id)
    events.emit('invited', invitation)
  }

  async function read(): Promise<{ party: Party | null }> {
    isUsed = true
    const since = own.mark()
    const { party } = await session.request<{ party: Party | null }>({ method: 'GET', path: mine })
    own.learn(party, since)
    return { party: own.current() }
  }

  async function readInvitations(): Promise<{ items: PartyInvitation[] }> {
    isUsed = true
    const { items } = await session.request<{ items: PartyInvitation[] }>({
      method: 'GET',
      path: '/parties/invitations',
    })
    return { items }
  }

  /** Catches up on what may have been missed. What fails now is asked again at the next connection. */
  async function catchUp(): Promise<void> {
    cancelReading?.()
    cancelReading = undefined
    if (!isUsed || sessions.read() === undefined) return
    const [, invitations] = await Promise.allSettled([read(), readInvitations()])
    if (invitations.status === 'fulfilled') invitations.value.items.forEach(showInvitation)
  }

  async function ownId(): Promise<string> {
    const party = own.current() ?? (await read()).party
    if (party === null) throw new AeThexError('not_found', 'The player is in no party.')
    return party.party_id
  }

  /** A change that answers the whole party. */
  async function change(
    method: 'POST' | 'PUT' | 'PATCH',
    where: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<{ party: Party }> {
    isUsed = true
    const { party } = await session.request<{ party: Party }>({
      method,
      path: where,
      ...(body === undefined ? {} : { body }),
      headers,
      ...(method === 'POST' ? { operationId: uuidv7() } : {}),
    })
    own.take(party)
    return { party }
  }

  const create: Parties['create'] = (wish = {}) =>
    attempt(() => change('POST', '/parties', bodyOf(wish)))

  const stops = [
    socket.on('ready', () => void catchUp()),
    socket.on('message', message => {
      switch (message.type) {
        case 'party_updated':
          own.take(message.party)
          break
        case 'party_left':
          own.drop(message.party_id, message.reason)
          break
        case 'party_invited':
          showInvitation(message.invitation)
          break
        case 'party_uninvited':
          events.emit('uninvited', { invitation_id: message.invitation_id })
          break
        case 'news_gap':
          cancelReading ??= later(Math.random() * gapSpreadMs, () => void catchUp())
      }
    }),
    sessions.onChange(() => {
      told.clear()
      own.forget()
    }),
  ]

  return {
    on(name, listener) {
      isUsed = true
      return events.on(name, listener)
    },
    current: own.current,
    get: () => attempt(read),
    create,
    join: partyId => attempt(() => change('POST', path('parties', partyId, 'join'))),
    leave: () =>
      attempt(async () => {
        const party = own.current() ?? (await read()).party
        if (party === null) return {}
        try {
          await session.request({
            method: 'POST',
            path: path('parties', party.party_id, 'leave'),
            operationId: uuidv7(),
          })
        } catch (thrown) {
          // Left already, on another device or by the leader's hand.
          if (!hasCode(thrown, 'not_found')) throw thrown
        }
        own.drop(party.party_id, 'left')
        return {}
      }),
    update: (changes, { ifVersion } = {}) =>
      attempt(async () =>
        change(
          'PATCH',
          path('parties', await ownId()),
          bodyOf(changes),
          ifVersion === undefined ? {} : { 'if-match': `"${ifVersion}"` },
        ),
      ),
    setReady: ready =>
      attempt(async () => change('PUT', path('parties', await ownId(), 'ready'), { ready })),
    promote: playerId =>
      attempt(async () =>
        change('PUT', path('parties', await ownId(), 'leader'), { player_id: playerId }),
      ),
    kick: playerId =>
      attempt(async () => {
        const where = path('parties', await ownId(), 'members', playerId)
        await session.request({ method: 'DELETE', path: where })
        return {}
      }),
    invite: (playerId, activity) =>
      attempt(async () => {
        const party = own.current() ?? (await read()).party
        const { party_id } = party ?? (await change('POST', '/parties', {})).party
        return session.request<{ invitation: PartyInvitation }>({
          method: 'POST',
          path: path('parties', party_id, 'invitations'),
          body: { player_id: playerId, activity: activity ?? null },
          operationId: uuidv7(),
        })
      }),
    cancelInvitation: invitationId =>
      attempt(async () => {
        const where = path('parties', await ownId(), 'invitations', invitationId)
        await session.request({ method: 'DELETE', path: where })
        return {}
      }),
    invitations: () => attempt(readInvitations),
    accept: invitationId =>
      attempt(() => change('POST', path('parties', 'invitations', invitationId, 'accept'))),
    decline: invitationId =>
      attempt(async () => {
        await session.request({
          method: 'POST',
          path: path('parties', 'invitations', invitationId, 'decline'),
          operationId: uuidv7(),
        })
        return {}
      }),
    close() {
      cancelReading?.()
      for (const stop of stops) stop()
      events.clear()
    },
  }
}
