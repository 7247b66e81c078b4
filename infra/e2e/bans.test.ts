import { call, freshEnvironment, freshPlayer } from '@aethex/shared/testing'
import { expect, inject, test } from 'vitest'
import WebSocket from 'ws'
import { z } from 'zod'

const stack = inject('stack')
const Ticket = z.object({ url: z.string(), ticket: z.string() })

interface Socket {
  welcomed: Promise<unknown>
  closed: Promise<{ code: number; after: number }>
}

function dial(url: string): Socket {
  const socket = new WebSocket(url, 'aethex.v1.json')
  const closed = new Promise<{ code: number; after: number }>((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', code => resolve({ code, after: performance.now() }))
  })
  return { welcomed: new Promise(resolve => socket.once('message', resolve)), closed }
}

test('A23: a ban closes the open sockets of the player with 1008 within a second, and no others', async () => {
  const environment = await freshEnvironment(stack)
  const open = async () => {
    const player = await freshPlayer(environment)
    const answer = await call('POST', `${stack.api_url}/api/v1/realtime/tickets`, {
      headers: player.headers,
      json: {},
    })
    const { url, ticket } = Ticket.parse(answer.body)
    const socket = dial(`${url}?ticket=${ticket}`)
    await socket.welcomed
    return { player, socket }
  }
  const [banned, bystander] = [await open(), await open()]
  let isOut = false
  bystander.socket.closed.then(() => {
    isOut = true
  })
  const path = `/api/v1/studio/environments/${environment.environmentId}/players/${banned.player.id}/ban`
  const startedAt = performance.now()
  const answer = await call('POST', stack.api_url + path, {
    headers: { authorization: `Bearer ${environment.memberToken}` },
    json: { reason: 'Threatened others', ends_at: null },
  })
  expect(answer.status).toBe(201)
  const { code, after } = await banned.socket.closed
  expect(code).toBe(1008)
  expect(after - startedAt).toBeLessThan(1_000)
  expect(isOut).toBe(false)
  const again = await call('POST', `${stack.api_url}/api/v1/realtime/tickets`, {
    headers: banned.player.headers,
    json: {},
  })
  expect(again.status).toBe(401)
})
