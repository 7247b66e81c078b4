import type { ChatChannel } from '@aethex/shared/chat'
import type { Recipient } from './recipient.js'

/** A socket that listens to a channel, or a moderator's that listens to all. */
export interface ChatSubscription {
  readonly recipient: Recipient
  readonly environmentId: string
  /** The channel's name, or `chat.>`. */
  readonly name: string
  /** Undefined for all channels. */
  readonly channel: ChatChannel | undefined
  /** The last change that was told to this socket; null before any. */
  lastChange: number | null
}

/** More than any game shows, and few enough that nobody listens to a world of channels. */
const mostPerSocket = 64

const keyOf = (environmentId: string, name: string) => `${environmentId}:${name}`

/** Who listens to what, on this node. */
export class ChatSubscriptions {
  private readonly byName = new Map<string, Map<Recipient, ChatSubscription>>()
  private readonly byRecipient = new Map<Recipient, Map<string, ChatSubscription>>()

  get(recipient: Recipient, name: string): ChatSubscription | undefined {
    return this.byRecipient.get(recipient)?.get(name)
  }

  isFull(recipient: Recipient): boolean {
    return (this.byRecipient.get(recipient)?.size ?? 0) >= mostPerSocket
  }

  to(environmentId: string, name: string): ChatSubscription[] {
    return [...(this.byName.get(keyOf(environmentId, name))?.values() ?? [])]
  }

  of(recipient: Recipient): ChatSubscription[] {
    return [...(this.byRecipient.get(recipient)?.values() ?? [])]
  }

  all(): ChatSubscription[] {
    return [...this.byRecipient.values()].flatMap(own => [...own.values()])
  }

  add(subscription: ChatSubscription): void {
    const { recipient, environmentId, name } = subscription
    const key = keyOf(environmentId, name)
    const audience = this.byName.get(key) ?? new Map()
    this.byName.set(key, audience.set(recipient, subscription))
    const own = this.byRecipient.get(recipient) ?? new Map()
    this.byRecipient.set(recipient, own.set(name, subscription))
  }

  /** False when it was gone already. */
  remove({ recipient, environmentId, name }: ChatSubscription): boolean {
    const key = keyOf(environmentId, name)
    const audience = this.byName.get(key)
    if (!audience?.delete(recipient)) return false
    if (audience.size === 0) this.byName.delete(key)
    const own = this.byRecipient.get(recipient)
    own?.delete(name)
    if (own?.size === 0) this.byRecipient.delete(recipient)
    return true
  }
}
