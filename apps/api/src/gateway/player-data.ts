import type { Db } from '@aethex/shared/db'
import type { Parts } from './context.js'

/** One file of a player's export. */
export interface ExportedFile {
  /** Within the feature's folder, such as `sessions.json` or `slot1/3.json`. */
  name: string
  /** JSON values are written as JSON; bytes, and streams of them, as they are. */
  content: unknown
}

/** Two accounts of one person: `from` closes, and what it holds comes to `to`. */
export interface Fusion {
  environmentId: string
  from: string
  to: string
}

/** How what a feature keeps of two accounts becomes one, and how that is taken back. */
export interface Mergeable {
  /** What an account holds here, for the player to choose by. */
  describe(parts: Parts, environmentId: string, playerId: string): Promise<unknown>
  /** Outside the transaction, before it: brings bytes to where the rows will look for them. May run in vain. */
  prepare?(parts: Parts, fusion: Fusion): Promise<void>
  /** In the transaction of the merge. The answer (JSON) is what `undo` needs. */
  merge(parts: Parts, tx: Db, fusion: Fusion): Promise<unknown>
  /** In the transaction that parts the accounts again. What the player has changed since stays with `to`. */
  undo(parts: Parts, tx: Db, fusion: Fusion, memory: unknown): Promise<void>
  /** After the commit of either: brings derived state (ranks) up to the rows. */
  settle?(parts: Parts, fusion: Fusion): Promise<void>
}

/** What a feature keeps of players, and how it hands it out and forgets it. Every feature with player rows has one. */
export interface PlayerData {
  /** The feature's folder in the archive. */
  name: string
  /** Its tables that hold a player's id. The build checks that every such table is named by exactly one feature. */
  tables: readonly string[]
  /** Everything that it keeps of the player and that the player may see; secrets and hashes are left out. */
  exportFor(parts: Parts, environmentId: string, playerId: string): AsyncIterable<ExportedFile>
  /**
   * Forgets the player in every store. May run twice: what is gone is no error.
   * Answers how much was there, by table or store, for the receipt.
   */
  eraseFor(parts: Parts, environmentId: string, playerId: string): Promise<Record<string, number>>
  /** Left out where nothing is carried over: then it stays with the account that closes, until it is erased. */
  mergeable?: Mergeable
}
