function letProcessEnd(timer: unknown): void {
  if (typeof timer !== 'object' || timer === null) return
  if ('unref' in timer && typeof timer.unref === 'function') timer.unref()
}

/** Runs something once after `ms` milliseconds, without keeping a Node process alive for it. */
export function later(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  letProcessEnd(timer)
  return () => clearTimeout(timer)
}

/** The promise, or `late()` thrown when it takes longer than `ms` milliseconds. */
export async function within<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms)
  })
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
