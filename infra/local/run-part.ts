const closePatienceMs = 5_000

export type RunningPart = {
  /** What a parent needs to know, printed as one line of JSON beside `"ready": true`. */
  ready: Record<string, unknown>
  close(): Promise<void>
}

/**
 * Runs one part of the local stack as a process of its own: says on stdout when it answers, and ends
 * on SIGTERM, on SIGINT, or when the process that forked it goes away.
 */
export async function runPart(start: () => Promise<RunningPart>): Promise<void> {
  const starting = start()
  let isStopping = false

  async function stop(): Promise<void> {
    if (isStopping) return
    isStopping = true
    // What is acknowledged is on disk already; a query that never ends must not keep the process.
    setTimeout(() => process.exit(1), closePatienceMs).unref()
    const part = await starting.catch(() => undefined)
    await part?.close()
    process.exit(part ? 0 : 1)
  }

  process.on('SIGTERM', () => void stop())
  process.on('SIGINT', () => void stop())
  process.on('disconnect', () => void stop())
  // The parent may have gone while the imports of this process were still loading.
  if (process.connected === false) void stop()
  try {
    const { ready } = await starting
    process.stdout.write(`${JSON.stringify({ ready: true, ...ready })}\n`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}
