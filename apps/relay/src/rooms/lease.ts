import { nodeLeaseSeconds } from '@aethex/shared/fleet'

/** Less than the lease, for clocks and for what takes its time between a look and a write. */
const sureMs = nodeLeaseSeconds * 1_000 - 500

/**
 * Whether this node may speak for its rooms. It may as long as its announcement holds in Redis, because nobody else
 * takes a room over before that has run out. A process that was stopped, or cut off, is not sure when it comes back:
 * it looks first, and speaks afterwards.
 */
export class Lease {
  private sureUntil = Number.NEGATIVE_INFINITY
  private recoversUntil = Number.NEGATIVE_INFINITY
  private alone = false
  private waiting: (() => void)[] = []

  /** `look` asks of every room whose it is, and gives up those that are another's. */
  constructor(
    private readonly look: () => Promise<void>,
    private readonly onDegraded: (degraded: boolean) => void,
  ) {}

  isSure(now = performance.now()): boolean {
    return now < this.sureUntil
  }

  /** Sure, or cut off from Redis for so long that whoever plays here had better go on than stop. */
  mayRelay(now = performance.now()): boolean {
    return this.isSure(now) || this.alone
  }

  get isDegraded(): boolean {
    return this.alone
  }

  /**
   * Redis had forgotten this node, and may have forgotten who has which room: until every living node has said so
   * again, a room that seems to be nobody's may well be somebody's.
   */
  isRecovering(now = performance.now()): boolean {
    return now < this.recoversUntil
  }

  /** Runs once when the node may speak again. */
  onceClear(run: () => void): void {
    this.waiting.push(run)
  }

  /**
   * The node has announced itself; `sentAt` is when it began to, by `performance.now()`. `othersWithinMs` is above 0 when
   * Redis knew nothing of it any more: how long the others may take to announce themselves too.
   */
  async announced(sentAt: number, othersWithinMs: number): Promise<void> {
    const isFirst = this.sureUntil === Number.NEGATIVE_INFINITY
    if (othersWithinMs > 0 && !isFirst) this.recoversUntil = sentAt + othersWithinMs
    if (othersWithinMs > 0 || sentAt > this.sureUntil) await this.look()
    this.sureUntil = sentAt + sureMs
    this.become(false)
  }

  /** Redis did not answer. */
  failed(): void {
    if (!this.isSure()) this.become(true)
  }

  private become(alone: boolean): void {
    if (this.alone !== alone) {
      this.alone = alone
      this.onDegraded(alone)
    }
    for (const run of this.waiting.splice(0)) run()
  }
}
