/** How far a step of the start is. */
export type StepState =
  | { kind: 'working' }
  | { kind: 'ready'; seconds: number; note?: string }
  | { kind: 'failed' }

export type OnProgress = (step: string, state: StepState) => void

/** Runs one step and tells how it goes; the note of the outcome is shown behind it. */
export type Progress = <T>(
  step: string,
  work: () => Promise<T>,
  noteOf?: (outcome: T) => string | undefined,
) => Promise<T>

export function createProgress(tell: OnProgress = () => {}): Progress {
  return async (step, work, noteOf) => {
    const began = performance.now()
    tell(step, { kind: 'working' })
    try {
      const outcome = await work()
      const seconds = (performance.now() - began) / 1000
      const note = noteOf?.(outcome)
      tell(step, { kind: 'ready', seconds, ...(note === undefined ? {} : { note }) })
      return outcome
    } catch (error) {
      tell(step, { kind: 'failed' })
      throw error
    }
  }
}
