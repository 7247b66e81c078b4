import { setTimeout as wait } from 'node:timers/promises'

/** Answers after the same time whatever the work found, so that time tells nobody who has an account. */
export async function inEvenTime<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const [done] = await Promise.allSettled([work(), wait(milliseconds)])
  if (done.status === 'rejected') throw done.reason
  return done.value
}
