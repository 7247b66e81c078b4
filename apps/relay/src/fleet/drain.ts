import { setTimeout as wait } from 'node:timers/promises'
import { closeCodes } from '../protocol/close-codes.js'

interface Leaver {
  isOpen: boolean
  close(code: typeof closeCodes.restart, reason: string): void
  terminate(): void
}

const fewestAtOnce = 10
const mostBatches = 20
const pauseMs = 100
const goodbyeMs = 2_000

/**
 * Sends everybody elsewhere within about four seconds: in small batches at uneven times, so that the other nodes
 * are not stormed. Neighbours in the list go together.
 */
export async function sendAway(leavers: readonly Leaver[], countOpen: () => number): Promise<void> {
  const size = Math.max(fewestAtOnce, Math.ceil(leavers.length / mostBatches))
  for (let start = 0; start < leavers.length; start += size) {
    if (start > 0) await wait(pauseMs * (0.5 + Math.random()))
    for (const leaver of leavers.slice(start, start + size)) {
      leaver.close(closeCodes.restart, 'this node is being stopped')
    }
  }
  const deadline = performance.now() + goodbyeMs
  while (countOpen() > 0 && performance.now() < deadline) await wait(20)
  for (const leaver of leavers) leaver.terminate()
}
