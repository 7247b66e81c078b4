import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Closable } from '../lifecycle/index.js'
import type { Logger } from '../log/index.js'

export interface RepeatedJob {
  /** Also the name of its queue. */
  name: string
  everyMs: number
  /** May run twice (after a crash, or beside a paused twin): its effect must be the same then. */
  work(): Promise<void>
}

/** Runs a job by the clock, on one process of many at a time. The schedule lives in Redis. */
export function startRepeatedJob(redisUrl: string, job: RepeatedJob, log: Logger): Closable {
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
    .catch(error => log.warn({ err: error, job: job.name }, 'a job could not be scheduled'))
  return {
    close: async () => {
      await Promise.race([
        worker.close(),
        new Promise(resolve => setTimeout(resolve, 5_000).unref()),
      ])
      await queue.close().catch(() => undefined)
      connection.disconnect()
    },
  }
}
