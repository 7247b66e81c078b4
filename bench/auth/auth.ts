import type { Bench } from '../bench.js'
import { benchHotRead } from './hot-read.js'
import { benchLogins } from './logins.js'
import { benchTokens } from './tokens.js'

/** What it costs to know who asks, and to let players in. */
export async function benchAuth(bench: Bench): Promise<void> {
  await benchHotRead(bench)
  await benchTokens(bench)
  await benchLogins(bench)
}
