import { fromBase64, toBase64 } from '../../core/base64.js'

/** What one player says to another: a JSON value, or bytes. */
export interface Payload {
  isBytes: boolean
  /** The bytes, or the value as UTF-8 of its JSON. */
  body: Uint8Array<ArrayBuffer>
}

/** One piece on its way. Without a number it may be lost; without a payload it only confirms. */
export interface Frame {
  /** From 1 on, by one each. */
  seq?: number
  /** Everything up to this number has arrived in order. */
  ack: number
  payload?: Payload
}

/** Fits the relay's 16 KiB when it is base64 in an envelope. */
export const maxPayloadBytes = 12_000

const flags = { hasSeq: 1, isBytes: 2, hasPayload: 4 }
const headBytes = 9

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** The payload of a value as it is now; undefined for what JSON does not know, such as a function. */
export function toPayload(data: unknown): Payload | undefined {
  if (data instanceof ArrayBuffer) return { isBytes: true, body: new Uint8Array(data.slice(0)) }
  if (data instanceof Uint8Array) return { isBytes: true, body: new Uint8Array(data) }
  const text: string | undefined = JSON.stringify(data)
  return text === undefined ? undefined : { isBytes: false, body: encoder.encode(text) }
}

/** What was said; throws when it is no JSON. */
export const fromPayload = ({ isBytes, body }: Payload): unknown =>
  isBytes ? body : JSON.parse(decoder.decode(body))

/** For a data channel: flags, number and confirmation (big-endian), then the payload. */
export function packFrame({ seq, ack, payload }: Frame): ArrayBuffer {
  const bytes = new Uint8Array(headBytes + (payload?.body.length ?? 0))
  const view = new DataView(bytes.buffer)
  bytes[0] =
    (seq === undefined ? 0 : flags.hasSeq) |
    (payload?.isBytes === true ? flags.isBytes : 0) |
    (payload === undefined ? 0 : flags.hasPayload)
  view.setUint32(1, seq ?? 0)
  view.setUint32(5, ack)
  if (payload !== undefined) bytes.set(payload.body, headBytes)
  return bytes.buffer
}

/** Undefined for anything else. */
export function unpackFrame(data: unknown): Frame | undefined {
  if (!(data instanceof ArrayBuffer) || data.byteLength < headBytes) return undefined
  const bytes = new Uint8Array(data)
  const view = new DataView(data)
  const flag = bytes[0] ?? 0
  const has = (bit: number) => (flag & bit) !== 0
  return {
    ...(has(flags.hasSeq) ? { seq: view.getUint32(1) } : {}),
    ack: view.getUint32(5),
    ...(has(flags.hasPayload)
      ? { payload: { isBytes: has(flags.isBytes), body: bytes.slice(headBytes) } }
      : {}),
  }
}

/** For the relay: `n` the number, `a` the confirmation, `j` a value or `b` bytes in base64. */
export function toSignal({ seq, ack, payload }: Frame): Record<string, unknown> {
  return {
    ...(seq === undefined ? {} : { n: seq }),
    a: ack,
    ...(payload === undefined
      ? {}
      : payload.isBytes
        ? { b: toBase64(payload.body) }
        : { j: fromPayload(payload) }),
  }
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return fromBase64(text)
  } catch {
    return undefined
  }
}

/** Undefined for anything else. */
export function fromSignal(value: unknown): Frame | undefined {
  const { n, a, j, b } = Object(value)
  if (!isCount(a) || (n !== undefined && !isCount(n))) return undefined
  const head = { ...(n === undefined ? {} : { seq: n }), ack: a }
  if (typeof b === 'string') {
    const body = bytesOf(b)
    return body && { ...head, payload: { isBytes: true, body } }
  }
  const payload = toPayload(j)
  return payload === undefined ? head : { ...head, payload }
}
