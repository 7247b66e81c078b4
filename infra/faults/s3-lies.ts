import type { Answered, Asked, HttpFault } from './http-fault.js'

// A store that lies convincingly sends no checksum that would give it away.
function withBody(honest: Answered, body: Buffer): Answered {
  const headers = Object.fromEntries(
    Object.entries(honest.headers).filter(([name]) => !/^x-amz-checksum|^content-md5$/.test(name)),
  )
  return { status: honest.status, headers, body }
}

const isObject = ({ status, body }: Answered, { method }: Asked) =>
  method === 'GET' && (status === 200 || status === 206) && body.length > 0

const keyOf = ({ path }: Asked) => path.replace(/\?.*$/, '')

const lie = (name: string, answer: (honest: Answered, asked: Asked) => Answered): HttpFault => ({
  kind: 'lie',
  name,
  answer: (honest, asked) => (isObject(honest, asked) ? answer(honest, asked) : honest),
})

/** One bit of an object is the other way round. */
export const flippedBit = (at: number): HttpFault =>
  lie('flipped bit', honest => {
    const body = Buffer.from(honest.body)
    const byte = at % body.length
    body.writeUInt8(body.readUInt8(byte) ^ (1 << (at % 8)), byte)
    return withBody(honest, body)
  })

/** An object that ends early, and says so of itself. */
export const shortened = (share: number): HttpFault =>
  lie('shortened', honest =>
    withBody(honest, honest.body.subarray(0, Math.floor(honest.body.length * share))),
  )

/** Zeros of the right length, as a file system leaves them that lost what it had not yet written. */
export const zeros = (): HttpFault =>
  lie('zeros', honest => withBody(honest, Buffer.alloc(honest.body.length)))

/** The store has not heard of the object: a copy that lags behind. */
export const stale = (): HttpFault =>
  lie('stale', () => ({
    status: 404,
    headers: { 'content-type': 'application/xml' },
    body: Buffer.from('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'),
  }))

/** Answers with what another key held when it was read last; honest while only one key was read. */
export function swapping(): () => HttpFault {
  const read = new Map<string, Buffer>()
  return () =>
    lie('swapped', (honest, asked) => {
      const key = keyOf(asked)
      read.set(key, honest.body)
      const others = [...read].filter(([other]) => other !== key)
      const [, body] = others.at(-1) ?? []
      return body === undefined ? honest : withBody(honest, body)
    })
}
