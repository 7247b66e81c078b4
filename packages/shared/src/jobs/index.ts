import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Closable } from '../lifecycle/index.js'
import type { Logger } from '../log/index.js'

export interface RepeatedJob {
  /** Also the name of its queue. */
  name: string
  everyMs: number
  /** Also once when a process starts, not only when the clock says so. */
  atStart?: boolean
  /** May run twice (after a crash, or beside a paused twin): its effect must be the same then. */
  work(): Promise<void>
}

export interface RunningJob extends Closable {
  /** Has it run soon, on whichever process is free, without waiting for the clock. Does nothing while Redis is out. */
  wake(): void
}

// What woke it is about to commit; and many calls make one run.
const wakeAfterMs = 50
const once = { removeOnComplete: true, removeOnFail: true }

/** Runs a job by the clock, on one process of many at a time. The schedule lives in Redis. */
export function startRepeatedJob(redisUrl: string, job: RepeatedJob, log: Logger): RunningJob {
  // BullMQ blocks on its connection, so it gets one of its own without a command timeout.
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null })
  connection.on('error', error => log.debug({ err: error }, 'job connection'))
  const queue = new Queue(job.name, { connection })
  const worker = new Worker(job.name, () => job.work(), { connection })
  queue.on('error', error => log.debug({ err: error, job: job.name }, 'job queue'))
  worker.on('error', error => log.debug({ err: error, job: job.name }, 'job worker'))
  worker.on('failed', (_job, error) => log.warn({ err: error, job: job.name }, 'a job failed'))
  queue
    .upsertJobScheduler(
      job.name,
      { every: job.everyMs },
      { opts: { removeOnComplete: true, removeOnFail: 100 } },
    )
    .then(() => (job.atStart ? queue.add(job.name, {}, once) : undefined))
    .catch(error => log.warn({ err: error, job: job.name }, 'a job could not be scheduled'))
  let waking: NodeJS.Timeout | undefined
  const runSoon = () => {
    waking = undefined
    // Without a connection the command would wait in memory, one for each call.
    if (connection.status !== 'ready') return
    queue
      .add(job.name, {}, once)
      .catch(error => log.debug({ err: error, job: job.name }, 'a job could not be woken'))
  }
  return {
    wake: () => {
      waking ??= setTimeout(runSoon, wakeAfterMs)
    },
    close: async () => {
      clearTimeout(waking)
      // While Redis is out the worker would wait for it to come back.
      const patienceMs = connection.status === 'ready' ? 5_000 : 50
      await Promise.race([
        worker.close(),
        new Promise(resolve => setTimeout(resolve, patienceMs).unref()),
      ])
      await queue.close().catch(() => undefined)
      connection.disconnect()
    },
  }
}
