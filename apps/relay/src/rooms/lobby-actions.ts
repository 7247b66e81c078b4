import { publishNews } from '@aethex/shared/bus'
import { notFound, Problem } from '@aethex/shared/errors'
import type { Budget, Limits } from '@aethex/shared/limits'
import type { Logger } from '@aethex/shared/log'
import { readCircle, wantCircle } from '@aethex/shared/presence'
import type { Redis } from '@aethex/shared/redis'
import { askWhatMayStand, saysMore } from '@aethex/shared/rooms'
import type { ActionsFor } from '../delivery/action.js'
import type { Recipient } from '../delivery/recipient.js'
import type { lobbyMessages } from '../protocol/lobby-messages.js'
import { replyingTo } from '../protocol/messages.js'
import type { RoomDirectory } from './directory.js'
import type { Lobby } from './lobby.js'

interface LobbyHosts {
  rooms: RoomDirectory
  redis: Redis
  limits: Limits
  log: Logger
}

const invitations: Budget = { name: 'room-invitations', quota: 20, windowSeconds: 60 }
const texts: Budget = { name: 'room-texts', quota: 60, windowSeconds: 60 }
const circlePatienceMs = 300

/** Throws `not_found` between two of whom one blocks the other, and `unavailable` while nobody can tell. */
async function assertMayMeet(redis: Redis, { holder }: Recipient, playerId: string): Promise<void> {
  const { environment_id: environmentId, player_id: ownId } = holder
  for (let tries = 0; tries < 3; tries++) {
    const circle = await readCircle(redis, environmentId, ownId)
    if (circle?.apart.includes(playerId)) throw notFound()
    if (circle !== undefined) return
    await wantCircle(redis, environmentId, ownId)
    await new Promise(resolve => setTimeout(resolve, circlePatienceMs))
  }
  throw new Problem('unavailable')
}

/** What members do in the lobby of their room. */
export function createLobbyActions({
  rooms,
  redis,
  limits,
  log,
}: LobbyHosts): ActionsFor<keyof typeof lobbyMessages.client> {
  const obtain = (from: Recipient) => {
    const { room, member } = rooms.obtainSeat(from)
    const { lobby } = room
    if (lobby === undefined) throw new Problem('not_taken_here')
    room.talk.assertMaySay()
    return { room, member, lobby }
  }
  /** `work` throws, or the others hear what it did. */
  const change = (
    from: Recipient,
    message: { id?: number | undefined },
    work: (seat: ReturnType<typeof obtain>) => void,
  ) => {
    const seat = obtain(from)
    work(seat)
    rooms.tellLobby(seat.room)
    from.send({ type: 'ack', ...replyingTo(message) })
  }
  /** Changes whose words are being looked at; those that come after one wait for it. */
  const changing = new WeakMap<Lobby, Promise<void>>()
  const putOut =
    (list: 'kicked' | 'banned') =>
    (from: Recipient, message: { id?: number | undefined; player_id: string }) =>
      change(from, message, ({ room, member, lobby }) => {
        const seated = lobby.putOut(member, message.player_id, list)
        if (seated !== undefined) rooms.putOut(room, seated, list)
      })
  return {
    set_ready: (from, message) =>
      change(from, message, ({ member, lobby }) => lobby.setReady(member, message.ready)),
    choose_team: (from, message) =>
      change(from, message, ({ member, lobby }) => lobby.chooseTeam(member, message.team)),
    async set_room(from, message) {
      const { member, lobby } = obtain(from)
      lobby.assertHost(member)
      const before = changing.get(lobby)
      const said = { name: message.name, properties: message.properties }
      if (before === undefined && !saysMore(said, lobby.definition)) {
        change(from, message, seat => seat.lobby.change(seat.member, message))
        return
      }
      const { environment_id, player_id } = from.holder
      const turn = limits
        .take(texts, `${environment_id} ${player_id}`)
        .then(() => askWhatMayStand(redis, environment_id, said))
        .finally(() => before?.catch(() => undefined))
        // The host may have left, or handed the room on, while that took its time.
        .then(shown =>
          change(from, message, seat => seat.lobby.change(seat.member, { ...message, ...shown })),
        )
        .finally(() => {
          if (changing.get(lobby) === turn) changing.delete(lobby)
        })
      changing.set(lobby, turn)
      await turn
    },
    set_host: (from, message) =>
      change(from, message, ({ member, lobby }) => lobby.setHost(member, message.player_id)),
    kick: putOut('kicked'),
    ban: putOut('banned'),
    unban: (from, message) =>
      change(from, message, ({ member, lobby }) => lobby.takeBack(member, message.player_id)),
    async invite(from, message) {
      const { environment_id, player_id, username } = from.holder
      obtain(from)
      await limits.take(invitations, `${environment_id} ${player_id}`)
      await assertMayMeet(redis, from, message.player_id)
      // The member may have left while that took its time.
      const { room, member, lobby } = obtain(from)
      lobby.invite(member, message.player_id)
      rooms.keep(room)
      const { kind, name = null } = lobby.definition
      publishNews(redis, log, {
        topic: 'room.invited',
        payload: {
          environment_id,
          player_id: message.player_id,
          room_id: room.roomId,
          kind,
          name,
          from: { player_id, username },
        },
      })
      from.send({ type: 'ack', ...replyingTo(message) })
    },
  }
}
