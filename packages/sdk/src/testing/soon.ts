import { vi } from 'vitest'

/** Looks until it holds, in milliseconds at most `timeout`: a busy machine may take its time. */
export const soon = (look: () => unknown, timeout = 10_000) =>
  vi.waitFor(look, { timeout, interval: 20 })
