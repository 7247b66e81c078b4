import { z } from 'zod'

/** The answer that a baseline gives to everything: what ours answered once, byte for byte. */
export const Answer = z.object({ headers: z.record(z.string(), z.string()), body: z.string() })
export type Answer = z.output<typeof Answer>

// Node writes these itself, for them as for us.
const written = new Set(['date', 'connection', 'keep-alive'])

/** Asks once and keeps what came. */
export async function rememberAnswer(
  url: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(url, { headers })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const kept = [...response.headers].filter(([name]) => !written.has(name))
  return { headers: Object.fromEntries(kept), body: await response.text() }
}
