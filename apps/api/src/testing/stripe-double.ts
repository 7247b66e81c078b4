import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Closable } from '@aethex/shared/lifecycle'

/** A request as Stripe would have seen it. */
export interface SeenRequest {
  method: string
  path: string
  /** The form, as its fields are named: `line_items[0][price]`. */
  form: Record<string, string>
  authorization: string | undefined
  idempotencyKey: string | undefined
}

export interface DoubledSubscription {
  id: string
  customer: string
  status: string
  price: string
  metadata: Record<string, string>
}

/** Speaks the few words of Stripe's API that we use, in the shapes that its reference shows. */
export interface StripeDouble extends Closable {
  url: string
  seen: SeenRequest[]
  subscriptions: Map<string, DoubledSubscription>
  /** While true every request answers 500. */
  isOut: boolean
  /** Answers no subscription before this is done. */
  beforeSubscription: () => Promise<void>
}

const toObject = ({ id, customer, status, price, metadata }: DoubledSubscription) => ({
  id,
  object: 'subscription',
  customer,
  status,
  metadata,
  livemode: false,
  items: {
    object: 'list',
    has_more: false,
    data: [
      {
        id: `si_${id}`,
        object: 'subscription_item',
        quantity: 1,
        price: { id: price, object: 'price', currency: 'usd', unit_amount: 9_900 },
      },
    ],
  },
})

const missing = (id: string) => ({
  error: {
    type: 'invalid_request_error',
    code: 'resource_missing',
    param: 'id',
    message: `No such subscription: '${id}'`,
  },
})

async function readForm(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_double' })
  response.end(JSON.stringify(body))
}

export async function startStripeDouble(): Promise<StripeDouble> {
  let numbers = 0
  const seen: SeenRequest[] = []
  const subscriptions = new Map<string, DoubledSubscription>()
  const state = { isOut: false, beforeSubscription: async () => {} }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = request
    const form = await readForm(request)
    const key = request.headers['idempotency-key']
    seen.push({
      method,
      path,
      form,
      authorization: request.headers.authorization,
      idempotencyKey: typeof key === 'string' ? key : undefined,
    })
    if (state.isOut) {
      return send(response, 500, { error: { type: 'api_error', message: 'Something broke.' } })
    }
    const id = `${++numbers}`
    const own = 'http://checkout.stripe.example'
    if (method === 'POST' && path === '/v1/checkout/sessions') {
      return send(response, 200, {
        id: `cs_test_${id}`,
        object: 'checkout.session',
        mode: form.mode,
        client_reference_id: form.client_reference_id,
        url: `${own}/c/pay/cs_test_${id}`,
      })
    }
    if (method === 'POST' && path === '/v1/billing_portal/sessions') {
      const url = `${own}/p/session/${id}`
      return send(response, 200, { id: `bps_${id}`, object: 'billing_portal.session', url })
    }
    if (method === 'POST' && path === '/v1/invoiceitems') {
      return send(response, 200, { id: `ii_${id}`, object: 'invoiceitem', ...form })
    }
    const named = /^\/v1\/subscriptions\/(\w+)/.exec(path)?.[1] ?? ''
    const found = subscriptions.get(named)
    if (method === 'GET') await state.beforeSubscription()
    if (found === undefined) return send(response, 404, missing(named))
    if (method === 'DELETE') found.status = 'canceled'
    return send(response, 200, toObject(found))
  }

  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return Object.assign(state, {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    subscriptions,
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  })
}

/** An event as Stripe sends it. */
export const stripeEvent = (id: string, type: string, object: object) =>
  JSON.stringify({
    id,
    object: 'event',
    api_version: '2025-09-30.clover',
    created: Math.floor(Date.now() / 1_000),
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
    data: { object },
  })

/** The Stripe-Signature header of a payload: https://docs.stripe.com/webhooks/signature */
export function stripeSignature(payload: string, secret: string, at = Date.now()): string {
  const time = Math.floor(at / 1_000)
  const mac = createHmac('sha256', secret).update(`${time}.${payload}`).digest('hex')
  return `t=${time},v1=${mac}`
}
