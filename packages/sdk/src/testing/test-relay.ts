import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Codec } from '../realtime/codec.js'
import { json } from '../realtime/codec.js'
import type { TestApi } from './test-api.js'

interface Said {
  type: string
  id?: number
  room_id?: string
  [field: string]: unknown
}

/** One socket as the double of the relay sees it. */
export interface TestSocket {
  ticket: string | null
  said: Said[]
  /** How often the client has asked for the time. */
  pings: number
  say(message: object): void
  close(code: number, reason?: string): void
  /** Cuts the connection without a word. */
  cut(): void
}

/** A double of a relay node: welcomes everyone, and answers what a test tells it to. */
export interface TestRelay {
  url: string
  sockets: TestSocket[]
  /** Answers a type of message; the default lets everyone in everywhere. */
  answer(type: string, reply: (message: Said, socket: TestSocket) => object | undefined): void
  close(): Promise<void>
}

const defaults: [string, (message: Said) => object | undefined][] = [
  ['join_room', ({ room_id }) => ({ type: 'room_joined', room_id, members: [] })],
  ['leave_room', () => ({ type: 'room_left', room_id: 'left' })],
  ['join_queue', () => ({ type: 'queue_joined', ticket_id: 'queue-ticket' })],
  ['leave_queue', () => ({ type: 'queue_left' })],
  ['hello', () => ({ type: 'ack' })],
  ['send_message', () => ({ type: 'ack' })],
  ['ping', () => ({ type: 'pong', time: new Date().toISOString() })],
]

export async function startTestRelay(codec: Codec = json, heartbeatSeconds = 15) {
  const sockets: TestSocket[] = []
  const replies = new Map(defaults) as Map<
    string,
    (message: Said, socket: TestSocket) => object | undefined
  >
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: offered => offered.has(codec.protocol) && codec.protocol,
  })

  const welcome = (ws: WebSocket, ticket: string | null) => {
    ws.binaryType = 'arraybuffer'
    const socket: TestSocket = {
      ticket,
      said: [],
      pings: 0,
      say: message => ws.send(codec.encode(message)),
      close: (code, reason) => ws.close(code, reason),
      cut: () => ws.terminate(),
    }
    sockets.push(socket)
    ws.on('message', data => {
      const message = codec.decode(data) as Said
      // Every client begins with a hello, and asks for the time by itself.
      if (message.type === 'ping') socket.pings += 1
      else if (message.type !== 'hello') socket.said.push(message)
      const reply = replies.get(message.type)?.(message, socket)
      if (reply !== undefined) socket.say({ ...reply, reply_to: message.id })
    })
    socket.say({
      type: 'welcome',
      player_id: 'ada',
      username: 'Ada',
      node_id: 'node',
      heartbeat_seconds: heartbeatSeconds,
    })
  }
  server.on('connection', (ws, request) =>
    welcome(ws, new URL(request.url ?? '/', 'ws://relay').searchParams.get('ticket')),
  )
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo

  const relay: TestRelay = {
    url: `ws://127.0.0.1:${port}`,
    sockets,
    answer: (type, reply) => void replies.set(type, reply),
    close: () =>
      new Promise(resolve => {
        for (const ws of server.clients) ws.terminate()
        server.close(() => resolve())
      }),
  }
  return relay
}

/** Lets the API hand out tickets, numbered, to the node that `nodeOf` names for a room. */
export function issueTickets(api: TestApi, nodeOf: (roomId: unknown) => { url: string }): void {
  let issued = 0
  api.answer('POST /realtime/tickets', ({ body }) => ({
    status: 201,
    body: { url: nodeOf(body.room_id).url, ticket: `ticket-${++issued}`, expires_in: 30 },
  }))
}
