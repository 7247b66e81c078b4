import { Problem } from '@aethex/shared/errors'
import type { Logger } from '@aethex/shared/log'
import type { Action, Actions } from '../delivery/action.js'
import { closeCodes, UnreadableFrame } from '../protocol/close-codes.js'
import { type ClientMessage, replyingTo } from '../protocol/messages.js'
import { idOf, readMessage } from '../protocol/read-message.js'
import type { Connection } from './connection.js'
import type { TokenBucket } from './token-bucket.js'

interface Arrival {
  data: Buffer
  isBinary: boolean
}

/** All that a moderator's socket is for. */
const ofModerators = new Set<ClientMessage['type']>([
  'hello',
  'ping',
  'chat_subscribe',
  'chat_unsubscribe',
])

/** Takes the frames of one socket, one after the other: the next waits until the one before is done. */
export class Inbox {
  private readonly line: Arrival[] = []
  private isBusy = false

  constructor(
    private readonly connection: Connection,
    private readonly actions: Actions,
    private readonly bucket: TokenBucket,
    private readonly log: Logger,
  ) {}

  receive(data: Buffer, isBinary: boolean): void {
    if (!this.connection.isOpen || !this.isGranted()) return
    if (this.isBusy) this.line.push({ data, isBinary })
    else this.handle({ data, isBinary })
  }

  /** ws answers pings itself, and an answer per ping is an amplifier too: they count as messages. */
  receivePing(): void {
    if (this.connection.isOpen) this.isGranted()
  }

  private isGranted(): boolean {
    const verdict = this.bucket.take()
    if (verdict === 'refused') {
      this.connection.send({
        type: 'error',
        code: 'rate_limited',
        detail: 'Too many messages; this one was dropped. Going on like this closes the socket.',
      })
    } else if (verdict === 'flooding') this.connection.close(closeCodes.policy, 'too many messages')
    return verdict === 'granted'
  }

  private handle({ data, isBinary }: Arrival): void {
    let value: unknown
    try {
      value = this.connection.codec.decode(data, isBinary)
      const work = this.act(readMessage(value), data.length)
      if (work !== undefined) this.waitFor(work, value)
    } catch (error) {
      this.answerError(error, value)
    }
  }

  private act(message: ClientMessage, bytes: number): void | Promise<void> {
    if (this.connection.holder.moderates !== undefined && !ofModerators.has(message.type)) {
      throw new Problem('forbidden')
    }
    // The table pairs each type with its action; the compiler cannot follow a lookup by a union.
    const action = this.actions[message.type] as Action<ClientMessage>
    return action(this.connection, message, bytes)
  }

  private waitFor(work: Promise<void>, value: unknown): void {
    this.isBusy = true
    this.connection.pause()
    void work
      .catch(error => this.answerError(error, value))
      .then(() => {
        this.isBusy = false
        this.connection.resume()
        this.goOn()
      })
  }

  private goOn(): void {
    while (!this.isBusy && this.connection.isOpen) {
      const next = this.line.shift()
      if (next === undefined) return
      this.handle(next)
    }
  }

  private answerError(error: unknown, value: unknown): void {
    if (error instanceof UnreadableFrame) {
      this.connection.close(error.closeCode, error.message)
      return
    }
    const problem = error instanceof Problem ? error : new Problem('internal', { cause: error })
    if (problem.status >= 500) {
      this.log.error({ err: problem.cause ?? problem, code: problem.code }, problem.message)
    }
    this.connection.send({
      type: 'error',
      ...replyingTo({ id: idOf(value) }),
      code: problem.code,
      detail: problem.message,
    })
  }
}
