import { randomUUID } from 'node:crypto'
import { type IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { answerProblem } from '@aethex/shared/http'
import type { Logger } from '@aethex/shared/log'

const goodbyeMs = 2_000

/** Answers a request to upgrade with problem+json instead, and hangs up. */
export function refuseUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  error: unknown,
  log: Logger,
): void {
  if (!(socket instanceof Socket) || !socket.writable) {
    socket.destroy()
    return
  }
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  socket.setTimeout(goodbyeMs, () => socket.destroy())
  answerProblem(response, error, randomUUID(), log)
}
