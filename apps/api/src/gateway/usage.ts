import type { Db } from '@aethex/shared/db'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Agreement, Standing } from '@aethex/shared/tiers'
import type { LRUCache } from 'lru-cache'

/** What is counted as it happens. */
export type CountedKind = 'analytics_events' | 'cdn_bytes'

/** Counts in this process, and writes the sums down every second. */
export interface Meter extends Closable {
  /** Costs an addition. What a process counted since its last flush is lost when it is killed, a second at most. */
  count(environmentId: string, kind: CountedKind, amount: number): void
  /** Writes down what was counted until now. Throws when the database does not answer; nothing is lost by that. */
  flush(): Promise<void>
}

/** A limit of which a share has been used. */
export interface LimitNews {
  meter: string
  percent: number
  used: number
  allowed: number
}

/** What a process knows and counts of usage; made by the billing feature. */
export interface Usage extends Meter {
  /** Takes one request of what the environment may send. Throws `rate_limited`. */
  takeRequest(environmentId: string): void
  /** Players that need not be counted again this month. */
  met: LRUCache<string, true>
  /** What an environment's organisation may use, as of a second ago at most. */
  agreement(environmentId: string, db: Db): Promise<Agreement>
  /** Where its organisation stands in the month, as of a second ago at most. */
  standing(environmentId: string, db: Db): Promise<Standing>
  /** Looks, beside the request, whether its organisation has to be told of a limit. */
  watch(environmentId: string): void
  /** Tells, beside the request, of a limit that is not counted by the month. */
  tellLater(environmentId: string, news: LimitNews): void
  /** Asks anew at the next question. */
  forget(): void
}
