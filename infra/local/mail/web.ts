import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import type { Mail } from './mail.js'
import type { Outbox } from './outbox.js'
import { pageRules, renderPage } from './page.js'

const defaultLimit = 50
const largestLimit = 1_000

/** The page and the API that show what an outbox holds. */
export function createMailWeb(outbox: Outbox): Server {
  return createServer((request, response) => {
    answer(outbox, request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else sendError(response, 500, 'internal', 'The mail could not be read.')
    })
  })
}

async function answer(
  outbox: Outbox,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('cache-control', 'no-store')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('referrer-policy', 'no-referrer')
  if (!isLocalName(request.headers.host ?? '')) {
    return sendError(response, 403, 'forbidden', 'Open this page under a local name.')
  }
  if (!URL.canParse(request.url ?? '', 'http://local')) {
    return sendError(response, 400, 'bad_request', 'The address is malformed.')
  }
  const url = new URL(request.url ?? '', 'http://local')
  const [, id, raw] = /^\/api\/mails\/([\w-]+)(\/raw)?$/.exec(url.pathname) ?? []
  switch (`${request.method} ${id ? '/api/mails/:id' : url.pathname}`) {
    case 'GET /':
      return sendPage(outbox, url, response)
    case 'GET /livez':
      return sendJson(response, 200, { status: 'ok' })
    case 'GET /api/mails':
      return sendList(outbox, url, response)
    case 'GET /api/mails/:id':
      return raw ? sendRaw(outbox, id ?? '', response) : sendMail(outbox, id ?? '', response)
    case 'DELETE /api/mails':
      await outbox.clear()
      response.writeHead(204).end()
      return
    default:
      return sendNotFound(response)
  }
}

/** A foreign name that resolves to this machine is how a web page would read mails from a browser. */
function isLocalName(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return (
    name === 'localhost' || name.endsWith('.localhost') || isIP(name.replace(/^\[|\]$/g, '')) > 0
  )
}

async function sendPage(outbox: Outbox, url: URL, response: ServerResponse): Promise<void> {
  const shown = await outbox.find(url.searchParams.get('mail') ?? '')
  const nonce = randomBytes(16).toString('base64url')
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pageRules(nonce),
  })
  response.end(renderPage(outbox.list(), shown, nonce))
}

async function sendList(outbox: Outbox, url: URL, response: ServerResponse): Promise<void> {
  const limit = Number(url.searchParams.get('limit') ?? defaultLimit)
  if (!Number.isInteger(limit) || limit < 1 || limit > largestLimit) {
    return sendError(response, 400, 'bad_request', `limit is a number from 1 to ${largestLimit}.`)
  }
  const to = url.searchParams.get('to')?.toLowerCase()
  const wanted = outbox
    .list()
    .filter(mail => to === undefined || mail.to.some(address => address.toLowerCase() === to))
    .slice(0, limit)
  const items: Mail[] = []
  for (const { id } of wanted) {
    const mail = await outbox.find(id)
    if (mail) items.push(mail)
  }
  sendJson(response, 200, { items })
}

async function sendMail(outbox: Outbox, id: string, response: ServerResponse): Promise<void> {
  const mail = await outbox.find(id)
  return mail ? sendJson(response, 200, mail) : sendNotFound(response)
}

async function sendRaw(outbox: Outbox, id: string, response: ServerResponse): Promise<void> {
  const raw = await outbox.findRaw(id)
  if (!raw) return sendNotFound(response)
  response.writeHead(200, {
    'content-type': 'message/rfc822',
    'content-disposition': `attachment; filename="${id}.eml"`,
  })
  response.end(raw)
}

function sendNotFound(response: ServerResponse): void {
  sendError(response, 404, 'not_found', 'There is no such mail or page.')
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { error: { code, message } })
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}
