import type { Backoff } from '../core/backoff.js'
import { delayBeforeRetry } from '../core/backoff.js'
import { AeThexError, asAeThexError } from '../core/error.js'
import type { Lock } from '../core/lock.js'
import { onPageHide } from '../core/page.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore } from '../core/session-store.js'
import type { Store } from '../core/storage.js'
import { later } from '../core/timer.js'
import { uuidv7 } from '../core/uuid.js'
import { type ConsentMemory, writeConsents } from './consent.js'
import { type AnalyticsEvent, createEventQueue, refusedAmong } from './event-queue.js'
import { createHeldEvents } from './held-events.js'

/** Values that JSON can carry, nested one level at most. */
export type EventProperties = Record<string, unknown>

/** What happens in the game, told to the studio once the player has agreed. */
export interface Analytics {
  /**
   * Notes an event: a name of 1 to 64 of a-z, 0-9 and `_.:-`, and properties of up to 8 KiB, nested one level at most.
   * False when it was not noted: nobody is signed in, the player has not agreed to analytics, or the name is no name.
   * While this device does not know whether the player has agreed, the server is asked, and up to 50 events wait
   * in memory for its answer.
   */
  trackEvent(name: string, properties?: EventProperties): boolean
  /** Notes a number, such as frames per second, as an event named `metric`. */
  trackMetric(name: string, value: number): boolean
  /** Notes the screen that the player sees, as an event named `screen`. */
  trackScreen(name: string): boolean
  /** The same as `cloud.privacy.setConsents({ analytics })`. */
  setConsent(granted: boolean): Promise<Result<{ consents: { analytics: boolean } }>>
  /** Sends what waits, now. Without it, events leave every 2 seconds, at 50, and when the page is hidden. */
  flush(): Promise<Result<{ accepted: number }>>
}

interface AnalyticsParts {
  session: Session
  sessions: SessionStore
  memory: ConsentMemory
  store: Store
  lock: Lock
  backoff: Backoff
  onError: (error: AeThexError) => void
}

const eventName = /^[a-z0-9_.:-]{1,64}$/
const intervalMs = 2_000
const eagerCount = 50
const batchCount = 100
/** What browsers let a request carry that outlives its page, less its frame. */
const keepaliveBytes = 60_000

const sizeOf = (events: readonly AnalyticsEvent[]) =>
  new TextEncoder().encode(JSON.stringify(events)).length

export function createAnalytics(parts: AnalyticsParts): Analytics & { close(): void } {
  const { session, sessions, memory, lock, onError } = parts
  const queue = createEventQueue(parts.store)
  let batchLimit = batchCount
  let failures = 0
  let flushing: Promise<number> | undefined
  let cancelTimer: (() => void) | undefined

  const held = createHeldEvents(parts)

  memory.onChange((playerId, granted) => {
    const waiting = held.take(playerId)
    if (granted) for (const event of waiting) keep(playerId, event)
    else if (granted === false) queue.clear(playerId)
  })

  const send = (playerId: string, events: readonly AnalyticsEvent[], keepalive = false) =>
    session.request<{ accepted: number }>(
      { method: 'POST', path: '/analytics/events', body: { events }, keepalive },
      playerId,
    )

  /** Deals with a refusal that waiting would not change; true when sending may go on. */
  function giveWay(
    playerId: string,
    batch: readonly AnalyticsEvent[],
    error: AeThexError,
  ): boolean {
    const { code, status, details } = error
    if (code === 'consent_required') {
      memory.note(playerId, false)
      return false
    }
    if (code === 'body_too_large' && batch.length > 1) {
      batchLimit = Math.ceil(batch.length / 2)
      return true
    }
    if (status !== 400 && status !== 413) return false
    queue.remove(playerId, refusedAmong(batch, details.errors))
    onError(error)
    return true
  }

  async function drain(playerId: string): Promise<number> {
    let accepted = 0
    for (;;) {
      const batch = queue.first(playerId, batchLimit)
      if (batch.length === 0) return accepted
      try {
        accepted += (await send(playerId, batch)).accepted
        queue.remove(playerId, batch)
      } catch (thrown) {
        if (!giveWay(playerId, batch, asAeThexError(thrown))) throw thrown
      }
    }
  }

  function flush(): Promise<number> {
    cancelTimer?.()
    cancelTimer = undefined
    flushing ??= lock('events', async () => drain(session.playerId()))
      .then(accepted => {
        failures = 0
        return accepted
      })
      .catch(thrown => {
        const { retryable, retry_after_ms } = asAeThexError(thrown)
        if (retryable) {
          schedule(intervalMs + delayBeforeRetry(failures++, parts.backoff, retry_after_ms))
        }
        throw thrown
      })
      .finally(() => {
        flushing = undefined
      })
    return flushing
  }

  // Nobody waits for this one; what it could not send is kept.
  function flushQuietly(): void {
    cancelTimer = undefined
    if (sessions.read() !== undefined) flush().catch(thrown => onError(asAeThexError(thrown)))
  }

  function schedule(ms: number): void {
    cancelTimer ??= later(ms, flushQuietly)
  }

  function keep(playerId: string, event: AnalyticsEvent): void {
    const waiting = queue.add(playerId, event)
    if (waiting >= eagerCount && failures === 0) flushQuietly()
    else schedule(intervalMs)
  }

  function track(name: string, properties: EventProperties): boolean {
    const user = sessions.read()?.user
    if (user === undefined) return false
    const playerId = user.id
    const granted = memory.recall(playerId)
    if (granted === undefined && user.is_child) held.ask(playerId)
    if (granted === false || (granted === undefined && user.is_child)) return false
    if (!eventName.test(name)) {
      onError(new AeThexError('invalid_request', `"${name}" cannot be the name of an event.`))
      return false
    }
    const time = new Date().toISOString()
    const event = { event_id: uuidv7(), name, time, properties }
    if (granted === undefined) return held.add(playerId, event)
    keep(playerId, event)
    return true
  }

  /** No answer will be seen, so the events stay in the queue: sent again later, they are stored once by their ids. */
  function sendLastWords(): void {
    const playerId = sessions.read()?.user.id
    if (playerId === undefined || memory.recall(playerId) !== true) return
    let batch = queue.first(playerId, batchLimit)
    while (sizeOf(batch) > keepaliveBytes) batch = batch.slice(0, batch.length >> 1)
    if (batch.length > 0) void send(playerId, batch, true).catch(() => {})
  }

  const stopWatching = onPageHide(sendLastWords)
  // Events of an earlier run leave when their player is back.
  const stopListening = sessions.onChange(user => {
    if (user === null) memory.forgetRefusals()
    else schedule(intervalMs)
  })
  if (sessions.read() !== undefined) schedule(intervalMs)

  return {
    trackEvent: (name, properties = {}) => track(name, properties),
    trackMetric: (metric, value) => track('metric', { metric, value }),
    trackScreen: screen => track('screen', { screen }),
    setConsent: granted => attempt(() => writeConsents(session, memory, { analytics: granted })),
    flush: () =>
      attempt(async () => {
        await held.settle()
        return { accepted: await flush() }
      }),
    close() {
      cancelTimer?.()
      stopWatching()
      stopListening()
    },
  }
}
