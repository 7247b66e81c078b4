import type { Logger } from '../log/index.js'

/** Anything that was opened. Closing twice is allowed. */
export interface Closable {
  close(): Promise<void>
}

export interface Running extends Closable {
  url: string
}

/** Collects what a process opens and closes it in the reverse order. */
export class House implements Closable {
  private readonly rooms: Closable[] = []
  private closing: Promise<void> | undefined

  /** Keeps `room` to be closed later, and hands it back. */
  keep<T extends Closable>(room: T): T {
    this.rooms.push(room)
    return room
  }

  onClose(close: () => Promise<void>): void {
    this.rooms.push({ close })
  }

  close(): Promise<void> {
    this.closing ??= (async () => {
      for (const room of this.rooms.reverse()) await room.close()
    })()
    return this.closing
  }
}

// Kubernetes kills after 30 s; a hard end of our own leaves a log line that says so.
const hardLimitMs = 25_000

/** Runs an app until SIGTERM or SIGINT, drains it, and ends the process. */
export async function runUntilSignal(log: Logger, start: () => Promise<Running>): Promise<void> {
  let running: Running
  try {
    running = await start()
  } catch (error) {
    log.fatal({ err: error }, 'could not start')
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
  const end = async (signal: string) => {
    log.info({ signal }, 'draining')
    setTimeout(() => process.exit(1), hardLimitMs).unref()
    await running.close()
    log.flush()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(signal))
  // A launcher that was killed cannot tell its children: the closed channel does.
  if (process.connected) process.once('disconnect', () => void end('disconnect'))
  process.on('unhandledRejection', error => log.error({ err: error }, 'unhandled rejection'))
  log.info({ url: running.url }, 'ready')
}
