import { createHmac } from 'node:crypto'
import { isIP } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTurnServer, type TurnServer, turnConfiguration } from './coturn.js'
import { scratchFolder } from './scratch-folder.js'
import { askTurn } from './turn-client.js'

const secret = 'shared-by-coturn-and-the-api'
const scratch = scratchFolder()
let server: TurnServer

beforeAll(async () => {
  server = await startTurnServer({ folder: scratch.folder, secret })
})
afterAll(async () => {
  await server?.process.stop()
  scratch.remove()
})

function credentialFor(secondsFromNow: number, by = secret) {
  const username = `${Math.floor(Date.now() / 1_000) + secondsFromNow}:environment:player:session`
  return { username, credential: createHmac('sha1', by).update(username).digest('base64') }
}

const inside = [
  ['this machine', '127.0.0.1'],
  ['a private network of class A', '10.0.0.1'],
  ['a private network of class B', '172.16.0.1'],
  ['the end of class B', '172.31.255.255'],
  ['a private network of class C', '192.168.1.1'],
  ['the metadata of a cloud', '169.254.169.254'],
  ['a carrier behind NAT', '100.64.0.1'],
  ['a network for benchmarks', '198.18.0.1'],
  ['a network for documents', '203.0.113.7'],
  ['no address', '0.0.0.0'],
  ['everybody', '255.255.255.255'],
  ['a group', '224.0.0.1'],
] as const

test.each(inside)('H19: the TURN server relays nothing to %s', async (_what, address) => {
  const answer = await askTurn(server.port, credentialFor(600), [address])
  expect(answer).toEqual({ allocation: 0, peers: { [address]: 403 } })
})

test('H19: the TURN server relays to the public internet', async () => {
  const open = ['1.1.1.1', '9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.1', '223.1.1.1']
  const { peers } = await askTurn(server.port, credentialFor(600), open)
  expect(peers).toEqual(Object.fromEntries(open.map(address => [address, 0])))
})

test('H19: the TURN server takes no credential that has ended, is changed or is another secret’s', async () => {
  const good = credentialFor(60)
  const later = good.username.replace(/^\d+/, seconds => String(Number(seconds) + 3_600))
  for (const [why, credential] of [
    ['ended', credentialFor(-5)],
    ['prolonged', { ...good, username: later }],
    ['of another player', { ...good, username: good.username.replace('player', 'other') }],
    ['of another secret', credentialFor(60, 'guessed')],
    ['empty', { username: '', credential: '' }],
  ] as const) {
    expect([why, (await askTurn(server.port, credential)).allocation]).toEqual([why, 401])
  }
  expect((await askTurn(server.port, good)).allocation).toBe(0)
})

test('H19: the configuration for operators keeps every range of IPv4 and IPv6 that is not public', () => {
  const lines = turnConfiguration().split('\n')
  const ranges = lines.flatMap(
    line => line.match(/^denied-peer-ip=([^-]+)-(.+)$/)?.slice(1, 3) ?? [],
  )
  expect(ranges.filter(address => isIP(address) === 0)).toEqual([])
  for (const first of ['10.0.0.0', '172.16.0.0', '192.168.0.0', '169.254.0.0', '127.0.0.0']) {
    expect(ranges).toContain(first)
  }
  for (const first of ['::1', 'fc00::', 'fe80::', '64:ff9b::', '2002::'])
    expect(ranges).toContain(first)
  // What coturn takes for everything below, or above.
  expect(ranges).not.toContain('::')
  expect(lines.filter(line => /^(allow|static-auth-secret|user=)/.test(line))).toEqual([])
  expect(server.log()).not.toMatch(/Bad configuration|unrecognized|CONFIG ERROR/i)
})
