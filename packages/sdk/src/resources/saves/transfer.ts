/** How far a transfer is, in bytes. */
export type TransferProgress = { sent: number; total: number } | { received: number; total: number }

/** For calls that move many bytes. */
export interface TransferOptions {
  /** Hears of it after each part, and at once what an earlier try has left there already. */
  onProgress?: (progress: TransferProgress) => void
  /** Ends the call with the code `aborted`; begun again, an upload goes on from where it was. */
  signal?: AbortSignal
}

/** What is sent at a time; more hardly helps, and each holds a part in memory. */
export const lanes = 3

/** Slower than this, and a request is taken for dead: 100 kB a second, after a start. */
export const patienceMs = (bytes: number) => 10_000 + bytes / 100

/**
 * Does work for each item, so many at a time. The first failure ends the others, by their signal, and is thrown when all
 * have ended.
 */
export async function inLanes<T>(
  items: readonly T[],
  outer: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const left = [...items]
  const failures: unknown[] = []
  const controller = new AbortController()
  const stop = () => controller.abort()
  outer?.addEventListener('abort', stop)
  if (outer?.aborted) stop()
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      await work(item, controller.signal)
    }
  }
  const all = Array.from({ length: lanes }, () =>
    lane().catch(thrown => {
      left.length = 0
      failures.push(thrown)
      stop()
    }),
  )
  await Promise.all(all)
  outer?.removeEventListener('abort', stop)
  if (failures.length > 0) throw failures[0]
}
