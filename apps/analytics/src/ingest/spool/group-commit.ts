interface Waiting {
  lines: Buffer
  events: number
  resolve(): void
  reject(error: unknown): void
}

export interface GroupLimits {
  events: number
  bytes: number
}

export interface GroupCommit {
  /** Returns when the write that carried the lines returned, and throws what it threw. */
  append(lines: Buffer, events: number): Promise<void>
  /** Runs a task that does not throw when no write is running, in order of asking. */
  inTurn(task: () => Promise<void>): Promise<void>
  waitingBytes(): number
}

/** Joins everything that arrived while one write was running into the next one: one sync serves many. */
export function groupCommit(
  limits: GroupLimits,
  write: (lines: Buffer, events: number) => Promise<void>,
): GroupCommit {
  let waiting: Waiting[] = []
  let waitingBytes = 0
  let isScheduled = false
  let last = Promise.resolve()

  const inTurn = (task: () => Promise<void>) => {
    last = last.then(task)
    return last
  }

  function takeGroup() {
    let events = 0
    let bytes = 0
    let count = 0
    for (const item of waiting) {
      const isOver =
        events + item.events > limits.events || bytes + item.lines.length > limits.bytes
      if (count > 0 && isOver) break
      events += item.events
      bytes += item.lines.length
      count++
    }
    const group = waiting.slice(0, count)
    waiting = waiting.slice(count)
    waitingBytes -= bytes
    return { group, events }
  }

  async function writeWaiting(): Promise<void> {
    isScheduled = false
    while (waiting.length > 0) {
      const { group, events } = takeGroup()
      try {
        await write(Buffer.concat(group.map(item => item.lines)), events)
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
  }

  return {
    append: (lines, events) =>
      new Promise((resolve, reject) => {
        waiting.push({ lines, events, resolve, reject })
        waitingBytes += lines.length
        if (isScheduled) return
        isScheduled = true
        void inTurn(writeWaiting)
      }),
    inTurn,
    waitingBytes: () => waitingBytes,
  }
}
