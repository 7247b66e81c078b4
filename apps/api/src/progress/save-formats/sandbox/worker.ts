import { parentPort } from 'node:worker_threads'
import type { FormatFailure, FormatStep, Migrated } from '../../../gateway/format-sandbox.js'
import { Machine } from './machine.js'

/** What the pool asks of a thread: a document with its way, or a step that is only to be loaded. */
export type Task = { environmentId: string } & (
  | { steps: readonly FormatStep[]; text: string }
  | { inspect: FormatStep }
)

/** What a thread answers: to the one kind of task the first, to the other the second. */
export type TaskAnswer = Migrated | { inspected: FormatFailure | undefined }

/** Told before each step, so that it is known which one a thread ended over. */
export interface Beginning {
  begins: number
  limitMs: number
}

const tell = ({ fromVersion }: FormatStep, limitMs: number) =>
  parentPort?.postMessage({ begins: fromVersion, limitMs } satisfies Beginning)

let machine: { environmentId: string; of: Machine } | undefined

async function machineFor(environmentId: string): Promise<Machine> {
  if (machine?.environmentId === environmentId && machine.of.isSound) return machine.of
  machine = { environmentId, of: await Machine.open() }
  return machine.of
}

async function carryOut(task: Task): Promise<TaskAnswer> {
  const own = await machineFor(task.environmentId)
  return 'inspect' in task
    ? { inspected: own.inspect(task.inspect, tell) }
    : own.migrate(task.steps, task.text, tell)
}

parentPort?.on('message', (task: Task) => {
  // What is thrown here ends the thread; the pool puts another in its place.
  void carryOut(task).then(answer => parentPort?.postMessage(answer))
})
