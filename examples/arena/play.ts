// The game's side of the arena: moves at once, and is where the server says a round trip later.
import { type Cloud, createPrediction, type PlayerState, unwrap } from '@aethex/sdk'
import { type Fighter, move, type Push, size } from './rules.js'

const fighterIn = ({ x, y }: PlayerState): Fighter => ({ x: Number(x), y: Number(y) })

export interface Play {
  push(push: Push): void
  /** Where the player is, as the game believes. */
  fighter(): Fighter
  /** How many inputs the server has not seen yet. */
  waiting(): number
  corrections(): number
}

/** Joins an arena and plays in it. */
export async function play(cloud: Cloud, playerId: string, roomId: string): Promise<Play> {
  const { multiplayer } = cloud
  const own = createPrediction<Fighter, Push>({
    initial: { x: size / 2, y: size / 2 },
    step: move,
  })
  let corrections = 0
  multiplayer.on('player_state', (id, state) => {
    if (id !== playerId) return
    if (own.reconcile(fighterIn(state), Number(state.last_input)).corrected) corrections += 1
  })
  // What was on its way when the connection was lost is said again; the room skips what it knows.
  multiplayer.on('gap', () => own.pending().forEach(say))
  const say = (numbered: unknown) => void multiplayer.sendMessage(numbered)

  unwrap(await multiplayer.joinRoom(roomId))
  return {
    push(input) {
      const numbered = own.predict(input)
      if (numbered !== undefined) say(numbered)
    },
    fighter: own.state,
    waiting: () => own.pending().length,
    corrections: () => corrections,
  }
}
