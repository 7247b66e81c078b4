import { Problem } from '@aethex/shared/errors'
import { Allowance } from './allowance.js'
import type { RoomSettings } from './room-settings.js'

/**
 * How much the members of a room may say together: a number of messages, and no more bytes than the room may send.
 * Messages are never dropped, so without a bound on what comes in they would pile up, and cut slow readers.
 */
export class Talk {
  private readonly messages: Allowance
  private readonly bytes: Allowance

  constructor(
    { messagesPerSecond, bytesPerSecond }: RoomSettings,
    /** Whether so much waits to leave that no more may come in. */
    private readonly isFull: () => boolean,
  ) {
    this.messages = new Allowance(messagesPerSecond)
    this.bytes = new Allowance(bytesPerSecond)
  }

  /** One message more. Throws `rate_limited`. */
  assertMaySay(): void {
    this.assertMayCarry()
    if (!this.messages.take(1)) this.refuse()
  }

  /** The same for what is counted elsewhere. */
  assertMayCarry(): void {
    if (this.isFull() || this.bytes.spend(0) > 0) this.refuse()
  }

  /** So much is said, by whomever; who comes after it waits. */
  spend(bytes: number): void {
    this.bytes.spend(bytes)
  }

  private refuse(): never {
    throw new Problem('rate_limited', { detail: 'The room says too much.' })
  }
}
