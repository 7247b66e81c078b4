import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Problem } from '../errors/index.js'
import { createLog } from '../log/index.js'
import { openRedis, type Redis } from '../redis/index.js'
import { startTestRedis, type TestRedis } from '../testing/index.js'
import {
  addressClaims,
  type Budget,
  countingFailures,
  createLimits,
  type Limits,
  LocalCounter,
  senderOf,
} from './index.js'

let server: TestRedis
let connections: readonly Redis[]
/** Two processes, as far as Redis can tell. */
let here: Limits
let there: Limits

beforeAll(async () => {
  server = await startTestRedis()
  const open = () => openRedis(server.url, createLog('test', 'silent'))
  connections = [open(), open()]
  const [one, other] = connections.map(createLimits)
  if (one === undefined || other === undefined) throw new Error('two connections were opened')
  ;[here, there] = [one, other]
})
afterAll(async () => {
  for (const connection of connections) connection.disconnect()
  await server.close()
})

let subject = ''
beforeEach(() => {
  subject = crypto.randomUUID()
})

const codeOf = (error: unknown) => (error instanceof Problem ? error.code : String(error))
/** What became of `count` attempts side by side: { ok: 5, rate_limited: 3 }. */
async function outcomes(count: number, attempt: (index: number) => Promise<unknown>) {
  const counts: Record<string, number> = {}
  const all = Array.from({ length: count }, async (_, index) => {
    const outcome = await attempt(index).then(() => 'ok', codeOf)
    counts[outcome] = (counts[outcome] ?? 0) + 1
  })
  await Promise.all(all)
  return counts
}

const ten: Budget = { name: 'ten', quota: 10, windowSeconds: 60 }
const three: Budget = { name: 'three', quota: 3, windowSeconds: 60 }

describe('with Redis', () => {
  test('A5: two hundred parallel calls on two processes get exactly the quota', async () => {
    const counts = await outcomes(200, index => (index % 2 ? here : there).take(ten, subject))
    expect(counts).toEqual({ ok: 10, rate_limited: 190 })
  })

  test('who is refused by one budget uses up no other', async () => {
    const claims = [
      [ten, subject],
      [three, subject],
    ] as const
    expect(await outcomes(50, () => here.takeAll(claims))).toEqual({ ok: 3, rate_limited: 47 })
    expect((await there.count(ten, subject, 0)).remaining).toBe(7)
  })

  test('a refusal says which budget, and when to come back', async () => {
    await here.count(three, subject, 3)
    const error = await there
      .takeAll([
        [ten, subject],
        [three, subject],
      ])
      .catch(thrown => thrown)
    expect(error.headers).toMatchObject({
      ratelimit: expect.stringMatching(/^"three";r=0;t=(59|60)$/),
      'ratelimit-policy': '"three";q=3;w=60',
      'retry-after': expect.stringMatching(/^(59|60)$/),
    })
  })

  test('units that are given back never make more than the quota', async () => {
    await here.count(three, subject, -5)
    expect((await here.count(three, subject, 0)).remaining).toBe(3)
    expect(await outcomes(10, () => there.take(three, subject))).toEqual({ ok: 3, rate_limited: 7 })
  })

  test('an attempt that succeeds, or fails for another reason, gives its units back', async () => {
    const attempt = (end: () => unknown) =>
      countingFailures(here, [[three, subject]], async () => end())
    for (let turn = 0; turn < 5; turn++) {
      expect(await attempt(() => 'in')).toBe('in')
      const busy = attempt(() => {
        throw new Problem('busy')
      })
      expect(await busy.catch(codeOf)).toBe('busy')
    }
    const wrong = () =>
      attempt(() => {
        throw new Problem('invalid_credentials')
      })
    expect(await outcomes(10, wrong)).toEqual({ invalid_credentials: 3, rate_limited: 7 })
  })
})

describe('A8: addresses', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7', undefined],
    ['::ffff:192.0.2.7', '192.0.2.7', undefined],
    ['::FFFF:c000:0207', '192.0.2.7', undefined],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
    ['not:an:address', 'not:an:address', undefined],
  ])('%s is counted as %s', (address, own, network) => {
    expect(senderOf(address)).toEqual({ subject: own, network })
  })

  test('one /64 has one budget, and one /48 has eight of them', async () => {
    const budget = { ...three, name: `address-${subject}` }
    const ask = (address: string) => here.takeAll(addressClaims(budget, address))
    const household = await outcomes(20, index => ask(`2001:db8:1:1::${index + 1}`))
    expect(household).toEqual({ ok: 3, rate_limited: 17 })
    const network = await outcomes(100, index => ask(`2001:db8:1:${(index + 2).toString(16)}::1`))
    expect(network).toEqual({ ok: 21, rate_limited: 79 })
    expect(await outcomes(1, () => ask('2001:db8:2::1'))).toEqual({ ok: 1 })
  })
})

describe('without Redis', () => {
  const refusing: Budget = { name: 'refusing', quota: 10, windowSeconds: 60, whenBlind: 'refuse' }

  test('each process grants a quarter, or nothing where guessing must not get easier', async () => {
    await server.kill()
    expect(await outcomes(50, () => here.take(ten, subject))).toEqual({ ok: 2, rate_limited: 48 })
    expect(await outcomes(5, () => here.take(refusing, subject))).toEqual({ unavailable: 5 })
    const both = () =>
      here.takeAll([
        [three, subject],
        [refusing, subject],
      ])
    expect(await outcomes(5, both)).toEqual({ unavailable: 5 })
    // Nothing of the other budget was used up by that.
    expect((await here.count(three, subject, 0)).remaining).toBe(1)
  })

  test('the shared count holds again as soon as Redis is back', async () => {
    await server.start()
    await expect
      .poll(() => here.take(refusing, subject).then(state => state.remaining, codeOf), {
        timeout: 10_000,
        interval: 200,
      })
      .toBe(9)
    const counts = await outcomes(50, index => (index % 2 ? here : there).take(refusing, subject))
    expect(counts).toEqual({ ok: 9, rate_limited: 41 })
  })
})

describe('counting alone', () => {
  test('a flood of subjects is forgotten before those who are counted already', () => {
    const counter = new LocalCounter(100)
    for (let flood = 0; flood < 50; flood++) counter.count(three, `early ${flood}`)
    counter.count(three, 'guesser', 3)
    for (let flood = 0; flood < 90; flood++) counter.count(three, `late ${flood}`)
    expect(counter.count(three, 'guesser', 0).remaining).toBe(0)
    for (let flood = 0; flood < 100; flood++) counter.count(three, `later ${flood}`)
    expect(counter.count(three, 'guesser', 0).remaining).toBe(3)
  })

  test('a window ends', () => {
    const counter = new LocalCounter()
    expect(counter.count(three, 'one', 3, 0).remaining).toBe(0)
    expect(counter.count(three, 'one', 0, 59_999)).toMatchObject({ remaining: 0, resetSeconds: 1 })
    expect(counter.count(three, 'one', 1, 60_000).remaining).toBe(2)
  })
})
