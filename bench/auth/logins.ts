import { availableParallelism } from 'node:os'
import argon2 from 'argon2'
import type { Bench } from '../bench.js'
import { countingCpu } from '../cpu.js'
import { drive } from '../load.js'
import type { Contestant } from '../measure.js'
import { requestBytes } from '../players.js'
import { type Accounts, addSharedAccounts } from './accounts.js'
import { openAsking } from './asking.js'

const timing = { rounds: 7, seconds: 3, warmUpSeconds: 3 }
// So many that none comes near its most sessions or known devices within the race.
const accountCount = 400
const connections = availableParallelism() * 2
// As many hashes at once as the API lets run.
const lanes = Math.min(availableParallelism(), 3)

const path = '/api/v1/auth/login'

function requestsOf(accounts: Accounts, publishableKey: string): Buffer[] {
  return accounts.emails.map((email, at) => {
    const headers = {
      'x-api-key': publishableKey,
      'x-forwarded-for': `10.1.${Math.floor(at / 250)}.${(at % 250) + 1}`,
    }
    return requestBytes(
      'POST',
      path,
      headers,
      JSON.stringify({ email, password: accounts.password }),
    )
  })
}

function argon2Alone({ hash, password }: Accounts): Contestant {
  const check = async () => {
    if (!(await argon2.verify(hash, password))) throw new Error('the password did not fit')
  }
  const workers = Array.from({ length: lanes }, () => check)
  return {
    name: 'argon2 alone',
    run: seconds => countingCpu(process.pid, () => drive(workers, seconds)),
  }
}

/** How near sign-ins come to what the machine can hash. Any refusal, a 429 as well, ends the benchmark. */
export async function benchLogins(bench: Bench): Promise<void> {
  bench.progress.begin('sign-ins with a password')
  const { site } = bench
  const accounts = await addSharedAccounts(site, accountCount)
  const requests = requestsOf(accounts, site.demo.publishable_key)
  let turn = 0
  const next = () => requests[turn++ % requests.length] ?? Buffer.alloc(0)
  const server = { name: 'AeThex', origin: site.stack.urls.api, pid: site.stack.pids.api }
  const sources = Array.from({ length: connections }, () => next)
  const ours = await openAsking(server, sources)
  try {
    const cost = accounts.hash.split('$')[3]
    const title = `POST ${path} · argon2id ${cost}, ${lanes} at once · ${connections} connections`
    await bench.race(title, [ours, argon2Alone(accounts)], timing)
  } finally {
    ours.close()
  }
}
