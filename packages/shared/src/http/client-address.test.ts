import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addressReader } from './client-address.js'

let requests: IncomingMessage[]
const server = createServer((request, response) => {
  requests.push(request)
  response.end()
})
beforeAll(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve())))
afterAll(() => new Promise(resolve => server.close(resolve)))

/** Whom a request over loopback with this X-Forwarded-For is from. */
async function addressOf(forwarded: string | undefined, trusted: readonly string[]) {
  requests = []
  const { port } = server.address() as AddressInfo
  await fetch(`http://127.0.0.1:${port}/`, {
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  })
  const [request] = requests
  if (request === undefined) throw new Error('no request came')
  return addressReader(trusted)(request)
}

test.each([
  ['nobody is trusted', '192.0.2.1', [], '127.0.0.1'],
  ['another proxy is trusted', '192.0.2.1', ['10.0.0.1'], '127.0.0.1'],
  ['the proxy says nothing', undefined, ['127.0.0.1'], '127.0.0.1'],
  ['the proxy names its peer', '192.0.2.1', ['127.0.0.1'], '192.0.2.1'],
  ['a range is trusted', '192.0.2.1', ['127.0.0.0/8'], '192.0.2.1'],
  ['the sender made up more', '6.6.6.6, 192.0.2.1', ['127.0.0.1'], '192.0.2.1'],
  [
    'two proxies stand in line',
    '6.6.6.6, 192.0.2.1, 10.1.2.3',
    ['127.0.0.1', '10.0.0.0/8'],
    '192.0.2.1',
  ],
  ['all hops are proxies', '10.0.0.2, 10.0.0.1', ['127.0.0.1', '10.0.0.0/8'], '10.0.0.2'],
  ['the hop has a port', '192.0.2.1:50123', ['127.0.0.1'], '192.0.2.1'],
  ['the hop is IPv6 in brackets', '[2001:db8::1]:443', ['127.0.0.1'], '2001:db8::1'],
  ['the hop is IPv4 in IPv6 clothes', '::ffff:192.0.2.1', ['127.0.0.1'], '192.0.2.1'],
  ['the hop is no address', 'unknown', ['127.0.0.1'], '127.0.0.1'],
  ['the hop is a number', '1', ['127.0.0.1'], '127.0.0.1'],
  ['the hop is empty', ' , ', ['127.0.0.1'], '127.0.0.1'],
])(
  'A6: when %s, the caller is the one that can be believed',
  async (_what, forwarded, trusted, expected) => {
    expect(await addressOf(forwarded, trusted)).toBe(expected)
  },
)

test('an entry that is no address and no range is refused at the start', () => {
  expect(() => addressReader(['proxy.internal'])).toThrow()
  expect(() => addressReader(['10.0.0.0/99'])).toThrow()
})
