// A room where the server decides. Run a relay with ROOM_KINDS=<this file, bundled>.
import {
  createInputQueue,
  type HostedRoom,
  type InputQueue,
  type KeptInputs,
  type RoomHooks,
  type Seat,
} from '@aethex/sdk/server'
import { type Fighter, longestMs, move, type Push, readPush, size } from './rules.js'

interface Player {
  inputs: InputQueue<Push>
  /** For how long the player may still push: nobody's time runs faster than the server's. */
  budgetMs: number
}

/** What a late network may save up. */
const mostBudgetMs = 500

const fighterOf = ({ shown }: Seat): Fighter => ({
  x: Number(shown.state.x ?? size / 2),
  y: Number(shown.state.y ?? size / 2),
})

export function arena(): RoomHooks {
  const players = new Map<string, Player>()
  /** The inputs of players, from the node that had the room before. */
  let former: Record<string, KeptInputs> = {}

  function playerOf({ playerId }: Seat): Player {
    const known = players.get(playerId)
    if (known !== undefined) return known
    const inputs = createInputQueue({ read: readPush, kept: former[playerId] })
    const player = { inputs, budgetMs: mostBudgetMs }
    players.set(playerId, player)
    return player
  }

  /** Plays what the player's time allows, and shows where that leads and which input was the last. */
  function play(room: HostedRoom, member: Seat, elapsedMs: number): void {
    const player = playerOf(member)
    player.budgetMs = Math.min(mostBudgetMs, player.budgetMs + elapsedMs)
    const before = player.inputs.last()
    let fighter = fighterOf(member)
    for (let next = player.inputs.peek(); next !== undefined; next = player.inputs.peek()) {
      const { input } = next
      if (input !== undefined && input.ms > player.budgetMs) break
      player.inputs.next()
      if (input === undefined) continue
      player.budgetMs -= input.ms
      fighter = move(fighter, input)
    }
    const last_input = player.inputs.last()
    if (last_input !== before) room.show(member, { ...fighter, last_input })
  }

  return {
    hasAuthority: true,
    onCreate(_room, kept) {
      if (typeof kept === 'object' && kept !== null) former = { ...kept }
    },
    onJoin: (room, member) => room.show(member, { ...fighterOf(member), last_input: 0 }),
    onMessage: (_room, member, data) => playerOf(member).inputs.add(data),
    onTick(room, elapsedMs) {
      // A node that was away for a moment lets nobody catch up at once.
      for (const member of room.members) play(room, member, Math.min(elapsedMs, longestMs))
    },
    onLeave: (_room, { playerId }) => void players.delete(playerId),
    onMove: () => Object.fromEntries([...players].map(([id, { inputs }]) => [id, inputs.keep()])),
  }
}

export default { arena }
