import type { IncomingMessage, ServerResponse } from 'node:http'
import { S3Error } from './errors.js'
import type { RequestTarget } from './request-target.js'
import type { Store } from './store.js'

/** A verified request on its way to an operation. */
export interface Call extends RequestTarget {
  store: Store
  request: IncomingMessage
  response: ServerResponse
  payloadHash: string
}

export type Operation = (call: Call) => Promise<void> | void

/** Answers with XML. */
export function sendXml(
  response: ServerResponse,
  xml: string,
  status = 200,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(xml)
  response
    .writeHead(status, {
      'content-type': 'application/xml',
      'content-length': String(body.length),
      ...headers,
    })
    .end(body)
}

/** Answers without a body. */
export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, headers).end()
}

/** A whole number from the query within bounds, or `InvalidArgument`. */
export function integerParameter(
  call: Call,
  name: string,
  bounds: { least: number; most: number; missing?: number },
): number {
  const text = call.parameters.get(name)
  if (text === undefined && bounds.missing !== undefined) return bounds.missing
  const value = /^\d{1,9}$/.test(text ?? '') ? Number(text) : Number.NaN
  if (!(value >= bounds.least && value <= bounds.most)) {
    throw new S3Error('InvalidArgument', `${name} must be from ${bounds.least} to ${bounds.most}.`)
  }
  return value
}
