import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import {
  type GuardedFetchOptions,
  isPublicAddress,
  OutgoingError,
  openGuardedFetch,
} from './index.js'

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
  vi.unstubAllEnvs()
})

async function listen(answer: RequestListener): Promise<{ port: number; server: Server }> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

function guarded(options: GuardedFetchOptions = {}) {
  const { guardedFetch, close } = openGuardedFetch(options)
  open.push(close)
  return guardedFetch
}

const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => 'answered',
    error => (error instanceof OutgoingError ? error.reason : `another error: ${error}`),
  )

test.each([
  'http://example.com/',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://0/',
  'https://①②⑦.⓪.⓪.①/',
  'https://user@127.0.0.1/',
  'https://user:word@example.com/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://100.64.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://[::]/',
  'https://[::1]/',
  'https://[::7f00:1]/',
  'https://[::ffff:7f00:1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[fc00::1]/',
  'https://[fe80::1]/',
  'https://[fec0::1]/',
  'file:///etc/hostname',
  'gopher://example.com/',
  'javascript:alert(1)',
  'no address',
])('I1: never calls %s', async url => {
  expect(await reasonOf(guarded()(url))).toBe('forbidden')
})

test.each([
  [['127.0.0.1']],
  [['93.184.215.14', '10.0.0.1']],
  [['::ffff:169.254.169.254']],
  [['fd00::1']],
])('I1: never connects to a name that resolves to %j', async addresses => {
  const resolve = async () => addresses.map(address => ({ address, family: 4 }))
  expect(await reasonOf(guarded({ resolve })('https://innocent.example/'))).toBe('forbidden')
})

test('I1: a name is resolved once, and a second look that would answer another address is never taken', async () => {
  const { port, server } = await listen((_, response) => response.end('secret'))
  const reached = vi.fn()
  server.on('connection', reached)
  const answers = ['127.0.0.1', '93.184.215.14']
  const resolve = vi.fn(async () => [{ address: answers.shift() ?? '', family: 4 }])
  expect(await reasonOf(guarded({ resolve })(`https://rebinds.example:${port}/`))).toBe('forbidden')
  expect(resolve).toHaveBeenCalledTimes(1)
  expect(reached).not.toHaveBeenCalled()
})

test('tells public addresses from all others', () => {
  expect(['93.184.215.14', '8.8.8.8', '2606:2800:21f:cb07::1'].every(isPublicAddress)).toBe(true)
  expect(
    ['127.0.0.1', '198.18.0.1', '192.0.2.1', '::1', 'example.com', ''].some(isPublicAddress),
  ).toBe(false)
})

test('calls a private service that the operator has named, and no other port of it', async () => {
  const { port } = await listen((request, response) => {
    response.setHeader('x-method', request.method ?? '')
    request.pipe(response)
  })
  const call = guarded({ allowPrivate: [`127.0.0.1:${port}`] })
  const answer = await call(`http://127.0.0.1:${port}/echo`, { method: 'POST', body: 'hello' })
  expect([answer.status, answer.headers.get('x-method'), await answer.text()]).toEqual([
    200,
    'POST',
    'hello',
  ])
  expect(await reasonOf(call(`http://127.0.0.1:${port + 1}/`))).toBe('forbidden')
})

test('I1: answers a redirect instead of following it', async () => {
  const { port } = await listen((_, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
  )
  const answer = await guarded({ allowPrivate: [`127.0.0.1:${port}`] })(`http://127.0.0.1:${port}/`)
  expect([answer.status, answer.headers.get('location')]).toEqual([302, 'http://169.254.169.254/'])
})

test('I1: asks no proxy, whatever the environment says', async () => {
  const proxied = vi.fn()
  const proxy = await listen((_, response) => {
    proxied()
    response.end('proxied')
  })
  proxy.server.on('connect', (_, socket) => {
    proxied()
    socket.end()
  })
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY']) {
    vi.stubEnv(name, `http://127.0.0.1:${proxy.port}`)
  }
  const { port } = await listen((_, response) => response.end('direct'))
  const answer = await guarded({ allowPrivate: [`127.0.0.1:${port}`] })(`http://127.0.0.1:${port}/`)
  expect(await answer.text()).toBe('direct')
  expect(proxied).not.toHaveBeenCalled()
})

test('C9, I1: gives up on who does not answer, and on who drips', async () => {
  const { port } = await listen((request, response) => {
    if (request.url === '/drip') setInterval(() => response.write('.'), 20).unref()
  })
  const call = guarded({ allowPrivate: [`127.0.0.1:${port}`] })
  for (const path of ['/silent', '/drip']) {
    const startedAt = performance.now()
    expect(await reasonOf(call(`http://127.0.0.1:${port}${path}`, { timeoutMs: 200 }))).toBe(
      'timed_out',
    )
    expect(performance.now() - startedAt).toBeLessThan(4_000)
  }
})

test('C9, I1: reads no more than the cap, and inflates nothing', async () => {
  // The cap is what must end it, also where ten megabytes take their time.
  const timeoutMs = 30_000
  const { port } = await listen((request, response) => {
    if (request.url === '/encoding') response.end(request.headers['accept-encoding'])
    else response.end(Buffer.alloc(Number(request.url?.slice(1))))
  })
  const call = guarded({ allowPrivate: [`127.0.0.1:${port}`] })
  const at = (path: string | number) => `http://127.0.0.1:${port}/${path}`
  expect(await reasonOf(call(at(10_000_000), { timeoutMs }))).toBe('too_large')
  expect(await reasonOf(call(at(65_537), { timeoutMs }))).toBe('too_large')
  expect((await (await call(at(65_536), { timeoutMs })).arrayBuffer()).byteLength).toBe(65_536)
  expect(await reasonOf(call(at(2_000_000), { maxBytes: 50_000_000, timeoutMs }))).toBe('too_large')
  expect(await (await call(at('encoding'), { timeoutMs })).text()).toBe('identity')
})

test('a refused connection is a failure that keeps its cause', async () => {
  const { port, server } = await listen((_, response) => response.end())
  server.close()
  await once(server, 'close')
  const call = guarded({ allowPrivate: [`127.0.0.1:${port}`] })
  const error: unknown = await call(`http://127.0.0.1:${port}/`).catch(thrown => thrown)
  expect(error).toMatchObject({ reason: 'failed', cause: { code: 'ECONNREFUSED' } })
})
