import { execFileSync } from 'node:child_process'

/** Keeps a process, all its threads, on one core, where the system can. */
export function pin(pid: number | undefined, core: number): void {
  if (pid === undefined) return
  try {
    execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' })
  } catch {
    // macOS has none; the ratios are then rougher.
  }
}
