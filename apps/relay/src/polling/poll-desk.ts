import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '@aethex/shared/errors'
import {
  answerCors,
  answerProblem,
  parseInput,
  parseStrictJsonBytes,
  readBytes,
} from '@aethex/shared/http'
import type { Logger } from '@aethex/shared/log'
import { z } from 'zod'
import type { Admission, Guest } from '../connection/admission.js'
import { Ticket } from '../connection/offer.js'
import { chooseCodec } from '../protocol/codec.js'
import { binaryOpcode } from '../protocol/frame.js'
import { PollWire } from './poll-wire.js'

const path = '/poll'
const mostFrameBytes = 64 * 1024
const mostFrames = 200
const mostBodyBytes = 256 * 1024

const Opening = z.strictObject({ ticket: Ticket, protocol: z.string().max(64).optional() })

/** `frames` are what WebSocket frames would hold, bytes as base64. Whoever says `after` waits for what comes after it. */
const Exchange = z.strictObject({
  poll: z.string().max(64),
  first: z.int().min(1).optional(),
  frames: z.array(z.string().max(mostFrameBytes)).max(mostFrames).optional(),
  after: z.int().min(0).optional(),
  close: z.literal(true).optional(),
})

export interface PollDesk {
  /** Answers a request of the long poll; false for any other. */
  answer(request: IncomingMessage, response: ServerResponse): boolean
}

/**
 * The same connection for networks that let no WebSocket pass: `POST /poll` with a ticket opens it, and further ones
 * carry frames there and back. A body may call itself text, so that a browser asks for no leave before every request.
 */
export function createPollDesk(
  admission: Admission,
  log: Logger,
  patienceMs: number,
  welcome: (guest: Guest) => void,
): PollDesk {
  const wires = new Map<string, PollWire>()

  function open({ ticket, protocol }: z.output<typeof Opening>, { socket }: IncomingMessage) {
    const codec = chooseCodec(protocol === undefined ? [] : [protocol])
    if (codec === undefined) {
      throw new Problem('invalid_request', { detail: `${protocol} is not spoken here.` })
    }
    return admission.admit(ticket, socket, holder => {
      const poll = randomBytes(24).toString('base64url')
      const forget = () => void wires.delete(poll)
      const isBinary = codec.opcode === binaryOpcode
      const wire = new PollWire(socket.remoteAddress ?? '', isBinary, forget)
      wires.set(poll, wire)
      welcome({ holder, codec, wire })
      return { poll, wait_seconds: patienceMs / 1_000 }
    })
  }

  async function exchange(given: z.output<typeof Exchange>, response: ServerResponse) {
    const { poll, first, frames = [], after, close } = given
    const wire = wires.get(poll)
    if (wire === undefined) throw new Problem('not_found', { detail: 'This poll is over.' })
    wire.note()
    if (first !== undefined) wire.take(first, frames)
    if (close === true) wire.terminate()
    if (after === undefined) return {}
    const answer = await wire.wait(after, patienceMs)
    if (answer.frames.length === 0) return answer
    if (response.closed) wire.told()
    else response.once('close', () => wire.told())
    return answer
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      throw new Problem('method_not_allowed', { headers: { allow: 'POST' } })
    }
    const { origin } = request.headers
    if (origin !== undefined && !admission.isAllowedOrigin(origin)) {
      throw new Problem('origin_forbidden')
    }
    const body = parseStrictJsonBytes(await readBytes(request, mostBodyBytes))
    const isOpening = typeof body === 'object' && body !== null && 'ticket' in body
    if (isOpening) admission.assertWelcome(request)
    const answer = isOpening
      ? await open(parseInput(Opening, body, ''), request)
      : await exchange(parseInput(Exchange, body, ''), response)
    const text = JSON.stringify(answer)
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    response.end(text)
  }

  return {
    answer(request, response) {
      // An ingress may have nodes lie under paths, as it does for sockets.
      if (!request.url?.endsWith(path)) return false
      if (answerCors(request, response, admission.isAllowedOrigin)) return true
      serve(request, response).catch(error => answerProblem(response, error, randomUUID(), log))
      return true
    },
  }
}
