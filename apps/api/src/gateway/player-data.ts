import type { Parts } from './context.js'

/** One file of a player's export. */
export interface ExportedFile {
  /** Within the feature's folder, such as `sessions.json` or `slot1/3.json`. */
  name: string
  /** JSON values are written as JSON; bytes as they are. */
  content: unknown
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
}
