import { Worker } from 'node:worker_threads'
import type { Beginning, Task, TaskAnswer } from './worker.js'

// The stack of the thread outlasts the one that QuickJS counts, so that a recursion ends in an error and not in a
// broken machine.
const resourceLimits = { stackSizeMb: 16, maxOldGenerationSizeMb: 256 }

// The thread and the machine in it may have to be made first.
const startMs = 10_000
// A step ends itself by its own clock; this is for what does not look at it.
const graceMs = 1_000

/** One thread with a machine in it; it does one thing at a time. */
export class Thread {
  private readonly worker: Worker
  private settle: ((answer: TaskAnswer | undefined) => void) | undefined
  /** The format that the step under way begins with. */
  begun: number | undefined
  isAlive = true
  /** Whether it was ended over what it did, and did not end by itself. */
  wasEnded = false
  private watch: NodeJS.Timeout | undefined

  constructor(program: URL, onEnd: () => void) {
    // Without our environment: what breaks out of the machine would find no secret there. And without our log, into
    // which the machine would tell of its own end.
    const own = { env: {}, argv: [], execArgv: [], stdout: true, stderr: true }
    this.worker = new Worker(program, { ...own, resourceLimits })
    this.worker.stdout.resume()
    this.worker.stderr.resume()
    this.worker.unref()
    this.worker.on('message', (told: TaskAnswer | Beginning) => {
      if (!('begins' in told)) return this.finish(told)
      this.begun = told.begins
      this.watchFor(told.limitMs + graceMs)
    })
    // Its exit follows.
    this.worker.on('error', () => undefined)
    this.worker.on('exit', () => {
      this.isAlive = false
      this.finish(undefined)
      onEnd()
    })
  }

  get isFree() {
    return this.isAlive && this.settle === undefined
  }

  /** Undefined when the thread ended over it, or was ended because a step did not end itself. */
  async carryOut(task: Task): Promise<TaskAnswer | undefined> {
    const answered = new Promise<TaskAnswer | undefined>(resolve => {
      this.settle = resolve
    })
    this.begun = undefined
    this.watchFor(startMs)
    this.worker.postMessage(task)
    try {
      return await answered
    } finally {
      clearTimeout(this.watch)
    }
  }

  private watchFor(limitMs: number): void {
    clearTimeout(this.watch)
    this.watch = setTimeout(() => void this.end(), limitMs)
  }

  async end(): Promise<void> {
    this.isAlive = false
    this.wasEnded = true
    await this.worker.terminate()
  }

  private finish(answer: TaskAnswer | undefined): void {
    const settle = this.settle
    this.settle = undefined
    settle?.(answer)
  }
}
