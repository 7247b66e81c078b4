/** What a device asks of the SDK. */
export type Kind = 'save' | 'load' | 'delete' | 'restore' | 'undelete' | 'list' | 'history'

/**
 * How it ended. `ok`: the SDK said so. `refused`: an answer that proves that nothing was done. `unknown`: no answer,
 * or one that proves nothing (5xx); it may have been done, or may be done later.
 */
export type Outcome = 'ok' | 'refused' | 'unknown'

/** A slot as an answer has shown it: its head at some moment between the call and the answer. */
export interface Sight {
  slot: string
  /** Undefined when the slot was not there: never written, or deleted. */
  version: number | undefined
  /** SHA-256 of the data, where the answer tells it. */
  hash?: string | undefined
}

/** A version that an answer has acknowledged. */
export interface Acknowledged {
  version: number
  hash: string | null
}

/** One call of the SDK. Times are of one monotonic clock, in milliseconds. */
export interface Operation {
  /** Names it in the data that it writes. */
  id: string
  device: string
  slot: string
  kind: Kind
  call: number
  ret: number
  outcome: Outcome
  /** The code of the refusal or failure. */
  code?: string | undefined
  /**
   * What was named as the base of its data, by their round: each merge is a round, and one that meets an empty slot goes
   * again upon that. Null stands for a blind write.
   */
  bases: Map<number, (number | null)[]>
  wrote?: Acknowledged | undefined
  /** The version whose data a restore writes anew. */
  source?: number | undefined
  saw: Sight[]
  /** The requests that went out for it: ids of operations, statuses. */
  requests: string[]
}

/** One version as it is read at the end, through a process that has seen nothing before. */
export interface FinalVersion {
  version: number
  deleted: boolean
  hash: string | null
  /** SHA-256 of the bytes that were read; null for a tombstone, undefined when they could not be read. */
  readHash: string | null | undefined
  /** The operation whose data it is, and in which round it made them. */
  operation: string | undefined
  round: number
}

/** All versions of a slot at the end, the oldest first. */
export interface FinalSlot {
  slot: string
  versions: FinalVersion[]
  /** How many of the newest the retention keeps in any case; older ones may be gone. */
  keeps: number
  /** What the slot itself says of its head; undefined when it is not there. */
  head: number | undefined
}

export interface Violation {
  rule: string
  slot: string
  said: string
}
