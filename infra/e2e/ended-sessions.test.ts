import { once } from 'node:events'
import { call, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, expect, inject, test } from 'vitest'
import { WebSocket } from 'ws'

/** A session that has ended is dead on the sockets of every relay, however it ended. */

let environment: TestEnvironment
beforeAll(async () => {
  environment = await freshEnvironment(inject('stack'))
})

async function freshSocket() {
  const player = await freshPlayer(environment)
  const api = (method: string, path: string, json?: unknown) =>
    call(method, `${environment.apiUrl}/api/v1${path}`, { headers: player.headers, json })
  const { url, ticket } = Object((await api('POST', '/realtime/tickets', {})).body)
  const socket = new WebSocket(url, ['aethex.v1.json', `aethex.ticket.${ticket}`])
  await once(socket, 'open')
  const closed = once(socket, 'close').then(([code]) => ({ code, at: performance.now() }))
  return { player, api, closed }
}

type Api = Awaited<ReturnType<typeof freshSocket>>['api']

const currentId = async (api: Api): Promise<string> =>
  Object((await api('GET', '/auth/sessions')).body).items[0].id

test.each<[string, (api: Api) => Promise<unknown>]>([
  ['logs out', api => api('POST', '/auth/logout')],
  ['ends the session', async api => api('DELETE', `/auth/sessions/${await currentId(api)}`)],
  ['ends all sessions', api => api('DELETE', '/auth/sessions')],
])('A23: the socket of a player who %s is closed with 1008 within a second', async (_what, end) => {
  const { api, closed } = await freshSocket()
  await end(api)
  const endedAt = performance.now()
  const { code, at } = await closed
  expect(code).toBe(1008)
  expect(at - endedAt).toBeLessThan(1_000)
})
