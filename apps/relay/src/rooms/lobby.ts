import { Problem } from '@aethex/shared/errors'
import { type RoomDefinition, tidyCode } from '@aethex/shared/rooms'
import type { LobbyView } from '../protocol/lobby-messages.js'
import type { ClientMessageOf } from '../protocol/messages.js'
import type { Member } from './member.js'
import type { RoomSettings } from './room-settings.js'

export interface LobbyParts {
  /** Written to. */
  definition: RoomDefinition
  /** Written to. */
  settings: RoomSettings
  members(): Iterable<Member>
  /** The room has got another host, without anybody's asking. */
  onNewHost(): void
}

/** What whoever joins brings. */
export interface JoinWish {
  code?: string | undefined
  team?: string | undefined
}

/** For another node. What lies in the definition is not here. */
export interface KeptLobby {
  ready: string[]
  teams: Record<string, string>
}

/** How many may be banned, kicked or invited. */
const mostNamed = 1_000

const refused = (detail: string) => new Problem('room_forbidden', { detail })

const withoutOne = (ids: readonly string[], id: string) => ids.filter(other => other !== id)

function withOne(ids: readonly string[], id: string): string[] {
  if (ids.includes(id)) return [...ids]
  if (ids.length >= mostNamed) {
    throw new Problem('limit_reached', { extensions: { allowed: mostNamed } })
  }
  return [...ids, id]
}

/** The door, the host, the teams and who is ready, of a room that was made by a player or a studio. */
export class Lobby {
  private readonly ready = new Set<string>()
  private readonly teams = new Map<string, string>()
  /** They sat here when the node died that had the room. */
  private readonly awaited: Set<string>
  private readonly forgetAwaited: NodeJS.Timeout
  private hostPatience: NodeJS.Timeout | undefined

  constructor(private readonly parts: LobbyParts) {
    const { definition, settings } = parts
    this.awaited = new Set(definition.seated)
    this.forgetAwaited = setTimeout(() => this.awaited.clear(), settings.reconnectMs).unref()
  }

  get definition(): RoomDefinition {
    return this.parts.definition
  }

  /** Throws `room_forbidden`, or `invalid_request` for a team that there is not. */
  assertAdmits(playerId: string, { code, team }: JoinWish): void {
    const { definition } = this
    this.assertTeam(team)
    if (definition.banned.includes(playerId) || definition.kicked.includes(playerId)) {
      throw refused('The player was put out of this room.')
    }
    if (this.awaited.has(playerId) || definition.host_id === playerId) return
    if (definition.locked) throw refused('The room is locked.')
    if (definition.code === undefined || definition.invited.includes(playerId)) return
    if (code === undefined || tidyCode(code) !== definition.code) {
      throw refused('The room is private: it takes its code, or an invitation.')
    }
  }

  /** How many seats are kept for others than this player, who sat there when the last node died. */
  seatsKeptFrom(playerId: string): number {
    if (this.awaited.has(playerId)) return 0
    return [...this.awaited].filter(id => !this.isSeated(id)).length
  }

  /** A member has a new seat. True when that changes what others see of the lobby. */
  welcome({ playerId }: Member, { team }: JoinWish): boolean {
    const { definition } = this
    this.awaited.delete(playerId)
    if (team !== undefined) this.teams.set(playerId, team)
    const isFirst = definition.is_hosted && definition.host_id === undefined
    if (isFirst) definition.host_id = playerId
    else if (definition.is_hosted && !this.isSeated(definition.host_id)) this.awaitHost()
    return isFirst || team !== undefined
  }

  /** A member has given up the seat. True when that changes what others see of the lobby. */
  farewell({ playerId }: Member): boolean {
    this.awaited.delete(playerId)
    const wasReady = this.ready.delete(playerId)
    const hadTeam = this.teams.delete(playerId)
    const wasHost = this.definition.host_id === playerId && this.passOn()
    return wasReady || hadTeam || wasHost
  }

  setReady({ playerId }: Member, ready: boolean): void {
    if (ready) this.ready.add(playerId)
    else this.ready.delete(playerId)
  }

  chooseTeam({ playerId }: Member, team: string | null): void {
    this.assertTeam(team ?? undefined)
    if (team === null) this.teams.delete(playerId)
    else this.teams.set(playerId, team)
  }

  /** Throws `forbidden`. */
  assertHost({ playerId }: Member): void {
    if (this.definition.host_id !== playerId) {
      throw new Problem('forbidden', { detail: 'Only the host of the room may do that.' })
    }
  }

  change(by: Member, changes: Omit<ClientMessageOf<'set_room'>, 'type' | 'id'>): void {
    this.assertHost(by)
    const { definition } = this
    const { settings } = this.parts
    const { name, properties, is_listed, locked, max_members: most } = changes
    if (name === null) delete definition.name
    else if (name !== undefined) definition.name = name
    definition.properties = properties ?? definition.properties
    definition.is_listed = is_listed ?? definition.is_listed
    definition.locked = locked ?? definition.locked
    if (most === undefined) return
    settings.maxMembers = Math.min(most, definition.most_members ?? settings.maxMembers)
    definition.max_members = settings.maxMembers
  }

  setHost(by: Member, playerId: string): void {
    this.assertHost(by)
    if (!this.isSeated(playerId)) throw new Problem('player_not_in_room')
    this.definition.host_id = playerId
  }

  /** Notes that a player is not to come back. Answers the seat to take away, if there is one. */
  putOut(by: Member, playerId: string, list: 'kicked' | 'banned'): Member | undefined {
    this.assertHost(by)
    if (playerId === by.playerId) throw new Problem('oneself')
    const member = [...this.parts.members()].find(other => other.playerId === playerId)
    if (member === undefined && list === 'kicked') throw new Problem('player_not_in_room')
    const { definition } = this
    definition[list] = withOne(definition[list], playerId)
    definition.invited = withoutOne(definition.invited, playerId)
    this.awaited.delete(playerId)
    return member
  }

  /** A player who was put out may come again, as everybody else may. */
  takeBack(by: Member, playerId: string): void {
    this.assertHost(by)
    const { definition } = this
    definition.banned = withoutOne(definition.banned, playerId)
    definition.kicked = withoutOne(definition.kicked, playerId)
  }

  /** Throws `oneself`, `forbidden` or `room_forbidden` when the room would not take the player. */
  invite(by: Member, playerId: string): void {
    const { definition } = this
    if (playerId === by.playerId) throw new Problem('oneself')
    if (definition.banned.includes(playerId)) throw refused('The player is banned here.')
    if (definition.kicked.includes(playerId)) this.assertHost(by)
    definition.invited = withOne(definition.invited, playerId)
    definition.kicked = withoutOne(definition.kicked, playerId)
  }

  view(): LobbyView {
    const { definition } = this
    const inTeam = (team: string) =>
      [...this.teams].flatMap(([playerId, chosen]) => (chosen === team ? [playerId] : []))
    return {
      name: definition.name ?? null,
      host_id: definition.host_id ?? null,
      ready: [...this.ready],
      teams: definition.teams?.map(team => ({ team, player_ids: inTeam(team) })) ?? null,
      properties: definition.properties,
      max_members: this.parts.settings.maxMembers,
      is_listed: definition.is_listed,
      locked: definition.locked,
      code: definition.code ?? null,
    }
  }

  keep(): KeptLobby {
    return { ready: [...this.ready], teams: Object.fromEntries(this.teams) }
  }

  restore({ ready, teams }: KeptLobby): void {
    for (const playerId of ready) this.ready.add(playerId)
    for (const [playerId, team] of Object.entries(teams)) this.teams.set(playerId, team)
  }

  stop(): void {
    clearTimeout(this.hostPatience)
    clearTimeout(this.forgetAwaited)
  }

  private assertTeam(team: string | undefined): void {
    if (team === undefined || this.definition.teams?.includes(team)) return
    throw new Problem('invalid_request', { detail: `The room has no team ${team}.` })
  }

  private isSeated(playerId: string | undefined): boolean {
    return [...this.parts.members()].some(member => member.playerId === playerId)
  }

  /** Whoever sits here longest has the say from now on. False when nobody is left. */
  private passOn(): boolean {
    const [eldest] = this.parts.members()
    if (!this.definition.is_hosted || eldest === undefined) return false
    this.definition.host_id = eldest.playerId
    return true
  }

  /** A host who made the room, or lost the connection with its node, has a while to come. */
  private awaitHost(): void {
    this.hostPatience ??= setTimeout(() => {
      this.hostPatience = undefined
      if (!this.isSeated(this.definition.host_id) && this.passOn()) this.parts.onNewHost()
    }, this.parts.settings.reconnectMs).unref()
  }
}
