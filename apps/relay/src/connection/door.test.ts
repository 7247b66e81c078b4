import { once } from 'node:events'
import { connect } from 'node:net'
import { mintNonce } from '@aethex/shared/nonces'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Relay } from '../app.js'
import { attach, dial, dialRefused } from '../testing/client.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode({}, { ALLOWED_ORIGINS: 'https://game.example,http://localhost:*' })
})
afterAll(() => stage.close())

const urlWith = (ticket: string) => `${node.publicUrl}?ticket=${ticket}`

describe('a ticket', () => {
  test('opens a socket that is greeted with who one is', async () => {
    const holder = newPlayer()
    const ws = new WebSocket(urlWith(await stage.ticketFor(holder)))
    expect(await attach(ws, holder).next('welcome')).toEqual({
      type: 'welcome',
      player_id: holder.player_id,
      username: holder.username,
      node_id: node.nodeId,
      heartbeat_seconds: 15,
    })
    expect(ws.protocol).toBe('')
    ws.terminate()
  })

  test('may travel as a sub-protocol, and is not echoed', async () => {
    const holder = newPlayer()
    const ticket = await stage.ticketFor(holder)
    const ws = new WebSocket(node.publicUrl, [`aethex.ticket.${ticket}`, 'aethex.v1.msgpack'])
    await attach(ws, holder).next('welcome')
    expect(ws.protocol).toBe('aethex.v1.msgpack')
    ws.terminate()
  })

  test('H2: lets exactly one of forty dials in, and none on another node a second later', async () => {
    const holder = newPlayer()
    const url = urlWith(await stage.ticketFor(holder))
    const dials = await Promise.allSettled(
      Array.from({ length: 40 }, () => dial(url, 'aethex.v1.json', holder)),
    )
    const open = dials.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    expect(open).toHaveLength(1)
    open[0]?.ws.terminate()
    expect(await dialRefused(url)).toMatchObject({ status: 401 })
    const other = await stage.startNode()
    await new Promise(resolve => setTimeout(resolve, 1_000))
    const elsewhere = url.replace(node.publicUrl, other.publicUrl)
    expect(await dialRefused(elsewhere)).toMatchObject({ status: 401 })
  })

  test.each([
    ['none', () => node.publicUrl],
    ['an empty one', () => urlWith('')],
    ['garbage', () => urlWith('%00%ff../../')],
    ['one that nobody issued or that has expired', () => urlWith(mintNonce())],
    ['a token of another kind', () => urlWith(`eyJhbGciOiJFUzI1NiJ9.${'x'.repeat(200)}.y`)],
  ])('H1: %s is answered 401 before the upgrade', async (_title, url) => {
    expect(await dialRefused(url())).toMatchObject({
      status: 401,
      contentType: 'application/problem+json; charset=utf-8',
      body: { code: 'ticket_invalid', status: 401 },
    })
  })
})

test('H3: refuses pages of other origins and spends no ticket on them', async () => {
  const holder = newPlayer()
  const url = urlWith(await stage.ticketFor(holder))
  for (const origin of ['https://evil.example', 'https://game.example.evil.example', 'null']) {
    expect(await dialRefused(url, [], { headers: { origin } })).toMatchObject({
      status: 403,
      body: { code: 'origin_forbidden' },
    })
  }
  const options = { headers: { origin: 'https://game.example' } }
  const client = await dial(url, 'aethex.v1.json', holder, options)
  client.ws.terminate()
})

test('refuses sub-protocols that it does not speak', async () => {
  const url = urlWith(await stage.ticketFor(newPlayer()))
  expect(await dialRefused(url, ['graphql-ws'])).toMatchObject({ status: 400 })
})

test('answers a broken handshake with a problem, never with HTML', async () => {
  const ticket = await stage.ticketFor(newPlayer())
  const socket = connect(Number(new URL(node.url).port), '127.0.0.1')
  socket.write(
    `GET /?ticket=${ticket} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  )
  let answer = ''
  socket.on('data', data => {
    answer += data.toString()
  })
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer).toContain('application/problem+json')
})

test('throttles the handshakes of one address', async () => {
  const strict = await stage.startNode({ handshakesPerTenSeconds: 5 })
  const statuses = []
  for (let count = 0; count < 7; count++) {
    statuses.push((await dialRefused(`${strict.publicUrl}?ticket=x`)).status)
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
})

test('closes the oldest socket of an account that opens a fifth', async () => {
  const holder = newPlayer()
  const sockets = []
  for (let count = 0; count < 5; count++) sockets.push(await stage.join(node, { holder }))
  expect(await sockets[0]?.closed).toMatchObject({ code: 4009 })
  for (const socket of sockets.slice(1)) expect(await socket.rest()).toEqual([])
})

test('cuts a socket that vanished without a word, and only that one', async () => {
  const attentive = await stage.startNode({ heartbeatMs: 500 })
  const there = await stage.join(attentive)
  const gone = await stage.join(attentive)
  gone.ws.pause()
  const witness = await stage.join(attentive, { environmentId: gone.holder.environment_id })
  // A paused socket reads nothing, so the proof is at its room mate.
  gone.say({ type: 'join_room', room_id: 'vanish' })
  await witness.ask({ type: 'join_room', room_id: 'vanish' }, 'room_joined')
  expect(await witness.next('player_left')).toMatchObject({ player_id: gone.playerId })
  expect(await there.rest()).toEqual([])
})

test('says on /livez, /readyz and /metrics how it is, and problem+json elsewhere', async () => {
  const client = await stage.join(node)
  await client.ask({ type: 'join_room', room_id: 'measured' }, 'room_joined')
  expect((await fetch(`${node.url}/livez`)).status).toBe(200)
  expect(await (await fetch(`${node.url}/readyz`)).json()).toMatchObject({
    status: 'ready',
    parts: { redis: { ok: true } },
  })
  const metrics = await (await fetch(`${node.url}/metrics`)).text()
  for (const name of ['relay_sockets', 'relay_rooms', 'relay_messages_in_total']) {
    expect(metrics).toMatch(new RegExp(`^${name}\\{app="relay"\\} [1-9]`, 'm'))
  }
  const elsewhere = await fetch(`${node.url}/anything`)
  expect(elsewhere.status).toBe(404)
  expect(await elsewhere.json()).toMatchObject({ code: 'not_found' })
})
