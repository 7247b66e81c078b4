import { availableParallelism } from 'node:os'
import { Problem, unavailable } from '@aethex/shared/errors'
import type { FormatFailure, FormatSandbox } from '../../../gateway/format-sandbox.js'
import { Thread } from './thread.js'
import { Turns } from './turns.js'
import type { Task, TaskAnswer } from './worker.js'

interface Options {
  /** At a time; one fewer than the machine has cores, unless said. */
  threads?: number
  /** How many tasks of one environment may wait, and how much all that wait may hold. */
  waiting?: { ofOne: number; size: number }
  /** A thread without work is ended then. */
  idleMs?: number
}

interface Waiting {
  environmentId: string
  size: number
  task: Task
  done: (answer: TaskAnswer | FormatFailure) => void
  refused: (problem: Problem) => void
}

const fewThreads = () => Math.min(4, Math.max(1, availableParallelism() - 1))
const mostWaiting = { ofOne: 32, size: 67_108_864 }

const sentences = {
  time: 'The step took too long without a pause, and its thread was ended.',
  crashed: 'The step broke the thread that it ran in.',
}

/** Why a thread ended over a step. */
function endedOver(fromVersion: number, wasEnded: boolean): FormatFailure {
  const kind = wasEnded ? 'time' : 'crashed'
  return { fromVersion, kind, message: sentences[kind], line: null, column: null }
}

/** Threads that are started when there is work and ended when there is none. `program` is the built worker. */
export function openFormatSandbox(program: URL, options: Options = {}): FormatSandbox {
  const { threads: most = fewThreads(), waiting = mostWaiting, idleMs = 60_000 } = options
  const turns = new Turns<Waiting>(waiting)
  const threads = new Set<Thread>()
  let idle: NodeJS.Timeout | undefined
  let isClosed = false

  const freeThread = () => {
    const free = [...threads].find(thread => thread.isFree)
    if (free !== undefined || threads.size >= most) return free
    const thread: Thread = new Thread(program, () => {
      threads.delete(thread)
      carryOn()
    })
    threads.add(thread)
    return thread
  }

  const endIdle = () => {
    clearTimeout(idle)
    idle = setTimeout(() => {
      for (const thread of threads) if (thread.isFree) void thread.end()
    }, idleMs).unref()
  }

  function carryOn(): void {
    while (!isClosed && !turns.isEmpty) {
      const thread = freeThread()
      const next = thread && turns.next()
      if (thread === undefined || next === undefined) return
      void thread.carryOut(next.task).then(answer => {
        if (answer !== undefined) next.done(answer)
        else if (thread.begun === undefined) next.refused(unavailable('sandbox of save formats'))
        else next.done(endedOver(thread.begun, thread.wasEnded))
        endIdle()
        carryOn()
      })
    }
  }

  const ask = (asked: Pick<Waiting, 'task' | 'size'>) =>
    new Promise<TaskAnswer | FormatFailure>((done, refused) => {
      const { environmentId } = asked.task
      const isTaken = !isClosed && turns.add({ ...asked, environmentId, done, refused })
      if (isTaken) carryOn()
      else refused(new Problem('busy'))
    })

  return {
    inspect: async (environmentId, step) => {
      const answer = await ask({
        task: { environmentId, inspect: step },
        size: step.source.length,
      })
      if ('inspected' in answer) return answer.inspected
      return 'kind' in answer ? answer : undefined
    },
    migrate: async (environmentId, steps, text) => {
      const answer = await ask({
        task: { environmentId, steps, text },
        size: steps.reduce((sum, { source }) => sum + source.length, text.length),
      })
      if ('ok' in answer) return answer
      if ('kind' in answer) return { ok: false, failure: answer }
      throw new Error('a thread answered something else than it was asked')
    },
    close: async () => {
      isClosed = true
      clearTimeout(idle)
      for (const { refused } of turns.clear()) refused(new Problem('busy'))
      await Promise.all([...threads].map(thread => thread.end()))
    },
  }
}
