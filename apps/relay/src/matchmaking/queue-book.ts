import {
  type CompiledQueue,
  compileQueue,
  type QueueSettings,
  readQueueSettings,
} from '@aethex/shared/matchmaking'
import type { Redis } from '@aethex/shared/redis'

/** The queues of one environment. */
export interface DeclaredQueues {
  settings: QueueSettings
  find(mode: string): CompiledQueue | undefined
}

const undeclared: QueueSettings = { queues: [], undeclared_modes: true }
const mostEnvironments = 5_000

const open = (settings: QueueSettings): DeclaredQueues => {
  const compiled = new Map(settings.queues.map(queue => [queue.name, compileQueue(queue)]))
  return { settings, find: mode => compiled.get(mode) }
}

/** What studios have declared, as far as this node has looked. */
export class QueueBook {
  private readonly pages = new Map<string, { readAt: number; queues: DeclaredQueues }>()

  constructor(
    private readonly redis: Redis,
    private readonly believedMs: number,
  ) {}

  /** What was known before stands when Redis has no copy: after it forgot everything, one comes soon. */
  async of(environmentId: string): Promise<DeclaredQueues> {
    const known = this.pages.get(environmentId)
    if (known !== undefined && performance.now() - known.readAt < this.believedMs) {
      return known.queues
    }
    const settings = await readQueueSettings(this.redis, environmentId)
    const isSame = JSON.stringify(settings) === JSON.stringify(known?.queues.settings)
    const queues =
      known !== undefined && (settings === undefined || isSame)
        ? known.queues
        : open(settings ?? undeclared)
    this.pages.delete(environmentId)
    this.pages.set(environmentId, { readAt: performance.now(), queues })
    const [oldest] = this.pages.keys()
    if (this.pages.size > mostEnvironments && oldest !== undefined) this.pages.delete(oldest)
    return queues
  }
}
