import type { TicketHolder } from '@aethex/shared/tickets'
import { decode, encode } from '@msgpack/msgpack'
import { type ClientOptions, WebSocket } from 'ws'
import type { z } from 'zod'
import {
  type ClientMessage,
  contentsOf,
  Frame,
  type PlayerState,
  type ServerMessage,
  type States,
} from '../protocol/messages.js'

type Of<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>
type Spoken = z.input<typeof ClientMessage>

export interface TestClient {
  ws: WebSocket
  holder: TicketHolder
  playerId: string
  /** Sends a message as it is, also one that is wrong. */
  say(message: unknown): void
  /** Sends a message with an id, and waits for the answer to it. */
  ask<T extends ServerMessage['type']>(message: Spoken, answer: T): Promise<Of<T>>
  /** Waits for the first message of a type that nobody has waited for yet. */
  next<T extends ServerMessage['type']>(type: T): Promise<Of<T>>
  /** What arrived until now and was not waited for: a pong after it proves that nothing is on its way. */
  rest(): Promise<ServerMessage[]>
  /** The states that arrived in frames, for one who has said hello. */
  ticks: States[]
  /** What the game would see of the members by now, by their ref. */
  seen(): Map<number, PlayerState>
  closed: Promise<{ code: number; reason: string }>
}

const toBuffer = (data: unknown) => {
  if (!Buffer.isBuffer(data)) throw new Error('ws handed out something else than a Buffer')
  return data
}

/** Puts deltas together, as a client does. */
function seenIn(ticks: readonly States[]): Map<number, PlayerState> {
  const seen = new Map<number, PlayerState>()
  for (const [, ...rest] of ticks) {
    for (let at = 0; at + 1 < rest.length; at += 2) {
      const [ref, change] = [Number(rest[at]), rest[at + 1]]
      if (change === null || typeof change !== 'object') seen.delete(ref)
      else {
        const [fields, removed] = Array.isArray(change) ? change : [change, []]
        const state: PlayerState = { ...seen.get(ref), ...fields }
        for (const key of removed ?? []) delete state[key]
        seen.set(ref, state)
      }
    }
  }
  return seen
}

/** A player's socket. Every message it gets must be one that the protocol promises. */
export function attach(ws: WebSocket, holder: TicketHolder): TestClient {
  const arrived: ServerMessage[] = []
  const waiting: { matches(message: ServerMessage): boolean; resolve(m: ServerMessage): void }[] =
    []
  const ticks: States[] = []
  let lastId = 1_000

  ws.on('message', (data, isBinary) => {
    const bytes = toBuffer(data)
    const frame = Frame.parse(isBinary ? decode(bytes) : JSON.parse(bytes.toString()))
    for (const content of contentsOf(frame)) {
      if (Array.isArray(content)) ticks.push(content)
      else hear(content)
    }
  })
  const hear = (message: ServerMessage) => {
    const index = waiting.findIndex(({ matches }) => matches(message))
    if (index < 0) arrived.push(message)
    else waiting.splice(index, 1)[0]?.resolve(message)
  }
  const take = (matches: (message: ServerMessage) => boolean): Promise<ServerMessage> => {
    const index = arrived.findIndex(matches)
    const [found] = index < 0 ? [] : arrived.splice(index, 1)
    if (found !== undefined) return Promise.resolve(found)
    return new Promise(resolve => waiting.push({ matches, resolve }))
  }
  const isType =
    <T extends ServerMessage['type']>(type: T) =>
    (message: ServerMessage): message is Of<T> =>
      message.type === type

  const say = (message: unknown) =>
    ws.send(ws.protocol === 'aethex.v1.msgpack' ? encode(message) : JSON.stringify(message))
  const ask = async <T extends ServerMessage['type']>(message: Spoken, type: T): Promise<Of<T>> => {
    lastId += 1
    const id = lastId
    say({ ...message, id })
    const answer = await take(found => 'reply_to' in found && found.reply_to === id)
    if (!isType(type)(answer)) throw new Error(`answered ${JSON.stringify(answer)}`)
    return answer
  }
  return {
    ws,
    holder,
    playerId: holder.player_id,
    say,
    ask,
    next: async type => {
      const message = await take(isType(type))
      if (!isType(type)(message)) throw new Error('unreachable: the message was chosen by its type')
      return message
    },
    ticks,
    seen: () => seenIn(ticks),
    rest: async () => {
      await ask({ type: 'ping' }, 'pong')
      return arrived.splice(0)
    },
    closed: new Promise(resolve =>
      ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    ),
  }
}

/** Dials and waits for the welcome. */
export async function dial(
  url: string,
  protocol: string,
  holder: TicketHolder,
  options: ClientOptions = {},
): Promise<TestClient> {
  const ws = new WebSocket(url, protocol, options)
  const client = attach(ws, holder)
  await new Promise((resolve, reject) => {
    ws.once('open', resolve)
    ws.on('error', reject)
  })
  await client.next('welcome')
  return client
}

export interface Refusal {
  status: number
  contentType: string | undefined
  body: { code?: string; status?: number; detail?: string }
}

/** Dials where a refusal is expected, and answers with what was said. */
export function dialRefused(
  url: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<Refusal> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, protocols, options)
    ws.once('open', () => {
      ws.terminate()
      reject(new Error('the socket was opened'))
    })
    ws.on('error', () => undefined)
    ws.once('unexpected-response', (_request, response) => {
      let text = ''
      response.on('data', chunk => {
        text += chunk
      })
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'],
          body: JSON.parse(text),
        }),
      )
    })
  })
}
