import type { Frame, Payload } from './frame.js'

/** Either limit makes `push` refuse: the other does not take as fast as this one speaks. */
const most = { waiting: 1_000, bytes: 1_000_000, early: 1_000 }

/**
 * Messages to and from one other player, in order, none lost and none twice, over however many ways they go: every
 * message has a number, and stays here until the other has confirmed it.
 */
export interface OrderedStream {
  /** Takes a message to be sent; false when too many wait. */
  push(payload: Payload): boolean
  /** What has not been sent yet, up to about so many bytes, and a confirmation if one is due. It counts as sent then. */
  take(maxBytes: number): Frame[]
  /** Everything unconfirmed has to be sent again: it went a way that has ended. */
  rewind(): void
  hear(frame: Frame): void
  /** Whether there is something that has not been sent, or has to be sent again. */
  unsent(): boolean
  /** How many messages the other has not confirmed. */
  unconfirmed(): number
  /** How often the other has confirmed anything new. */
  progress(): number
  /** Whether the other waits for a confirmation. */
  owesAck(): boolean
}

export function createOrderedStream(deliver: (payload: Payload) => void): OrderedStream {
  let kept: { seq: number; payload: Payload }[] = []
  let keptBytes = 0
  let lastSeq = 0
  let sentUpTo = 0
  let confirmations = 0
  let arrived = 0
  let isAckDue = false
  const early = new Map<number, Payload>()

  function confirm(ack: number): void {
    const isNew = kept.some(({ seq }) => seq <= ack)
    // A number that was never given confirms nothing.
    if (!isNew || ack > lastSeq) return
    kept = kept.filter(({ seq, payload }) => {
      if (seq > ack) return true
      keptBytes -= payload.body.length
      return false
    })
    sentUpTo = Math.max(sentUpTo, ack)
    confirmations++
  }

  function receive(seq: number, payload: Payload): void {
    isAckDue = true
    if (seq > arrived && seq <= arrived + most.early) early.set(seq, payload)
    for (;;) {
      const next = early.get(arrived + 1)
      if (next === undefined) return
      arrived++
      early.delete(arrived)
      deliver(next)
    }
  }

  return {
    push(payload) {
      if (kept.length >= most.waiting || keptBytes + payload.body.length > most.bytes) return false
      kept.push({ seq: ++lastSeq, payload })
      keptBytes += payload.body.length
      return true
    },
    take(maxBytes) {
      const frames: Frame[] = []
      let bytes = 0
      for (const { seq, payload } of kept) {
        if (seq <= sentUpTo) continue
        if (frames.length > 0 && bytes + payload.body.length > maxBytes) break
        frames.push({ seq, ack: arrived, payload })
        bytes += payload.body.length
        sentUpTo = seq
      }
      if (frames.length === 0 && isAckDue) frames.push({ ack: arrived })
      if (frames.length > 0) isAckDue = false
      return frames
    },
    rewind() {
      sentUpTo = (kept[0]?.seq ?? lastSeq + 1) - 1
    },
    hear({ seq, ack, payload }) {
      confirm(ack)
      if (seq !== undefined && payload !== undefined) receive(seq, payload)
    },
    unsent: () => (kept.at(-1)?.seq ?? 0) > sentUpTo,
    unconfirmed: () => kept.length,
    progress: () => confirmations,
    owesAck: () => isAckDue,
  }
}
