import type { Store } from '../../core/storage.js'

/** More than anybody mutes by hand; the oldest give way. */
const mostKept = 1_000

/** Whom a player does not want to hear, kept on this device from session to session. */
export interface MutedPlayers {
  has(playerId: string): boolean
  set(playerId: string, isMuted: boolean): void
}

/** Of each player by themselves: several may share a device. `owner` is undefined while nobody is signed in. */
export function createMutedPlayers(store: Store, owner: () => string | undefined): MutedPlayers {
  const name = () => `voice.muted.${owner() ?? 'nobody'}`
  const read = () => store.readList<string>(name())
  return {
    has: playerId => read().includes(playerId),
    set(playerId, isMuted) {
      const others = read().filter(id => id !== playerId)
      const ids = isMuted ? [...others, playerId] : others
      store.writeList(name(), ids.slice(-mostKept))
    },
  }
}
