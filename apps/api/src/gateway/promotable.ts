import type { Db } from '@aethex/shared/db'

/** A piece of configuration as an environment has it. */
export interface ConfigurationItem {
  /** JSON without secrets: it is shown, and kept in the history of promotions. */
  value: unknown
  /** Goes up with every write; 0 where nobody has written it. */
  version: number
}

/** Configuration that studios take from one environment to another. Listed in apps/api/src/promotables.ts. */
export interface Promotable {
  /** `settings`, `leaderboards` …: its items are called `<name>/<item>`. */
  name: string
  /** Every item of an environment by its name. */
  exportFrom(environmentId: string, db: Db): Promise<ReadonlyMap<string, ConfigurationItem>>
  /**
   * Writes an item that is at `version` (0: not there) within the caller's transaction, which carries the audit, too.
   * Answers its new version. Throws `version_mismatch` when it is at another one, and whatever else keeps it
   * from being written: then nothing is promoted.
   */
  put(
    environmentId: string,
    tx: Db,
    item: string,
    change: { value: unknown; version: number },
  ): Promise<number>
}
