/** Passes values on at most once per `intervalMs`; of those in between, only the latest survives. */
export interface LatestOnly<T> {
  push(value: T): void
  /** Forgets what waits. */
  clear(): void
}

/** `pass` answers false when it cannot take the value now; it is offered the latest again later. */
export function createLatestOnly<T>(
  intervalMs: number,
  pass: (value: T) => boolean,
): LatestOnly<T> {
  let waiting: { value: T } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function offer(): void {
    timer = undefined
    if (waiting === undefined) return
    if (pass(waiting.value)) waiting = undefined
    timer = setTimeout(offer, intervalMs)
  }

  return {
    push(value) {
      waiting = { value }
      if (timer === undefined) offer()
    },
    clear() {
      clearTimeout(timer)
      timer = undefined
      waiting = undefined
    },
  }
}
