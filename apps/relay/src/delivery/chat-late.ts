import type { ChatSubscription } from './chat-subscription.js'
import type { Recipient } from './recipient.js'

/** Slow readers: what they miss is not kept for them; once they have caught up they are told where to look. */
export class LateChat {
  private readonly waiting = new Map<Recipient, Set<ChatSubscription>>()

  constructor(private readonly tellGap: (subscription: ChatSubscription) => void) {}

  /** Also true for a reader that has caught up and is about to be told: what is newer must not overtake. */
  isLate(recipient: Recipient): boolean {
    return recipient.isBehind || this.waiting.has(recipient)
  }

  add(subscription: ChatSubscription): void {
    const { recipient } = subscription
    const known = this.waiting.get(recipient)
    const missed = known ?? new Set()
    missed.add(subscription)
    if (known !== undefined) return
    this.waiting.set(recipient, missed)
    recipient.onceCaughtUp(() => {
      this.waiting.delete(recipient)
      for (const one of missed) this.tellGap(one)
    })
  }

  remove(subscription: ChatSubscription): void {
    this.waiting.get(subscription.recipient)?.delete(subscription)
  }

  forget(recipient: Recipient): void {
    this.waiting.delete(recipient)
  }
}
