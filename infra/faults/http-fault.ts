import type { IncomingHttpHeaders } from 'node:http'

/** One request as the proxy holds it. */
export interface Asked {
  method: string
  /** Path and query. */
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
}

/** One answer as the proxy holds it. */
export interface Answered {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** What happens to one request on its way. */
export type HttpFault =
  | { kind: 'none' }
  /** It waits before it goes through. */
  | { kind: 'slow'; ms: number }
  /** The proxy answers by itself; nothing goes through. */
  | { kind: 'refused'; status: number }
  /** The connection breaks before anything goes through. */
  | { kind: 'cut' }
  /** The connection breaks in the middle of the body. */
  | { kind: 'request cut'; share: number }
  /** It goes through, and the answer breaks off. */
  | { kind: 'answer cut'; share: number }
  /** It goes through, and nobody hears of it. */
  | { kind: 'answer lost' }
  /** The caller's connection breaks; the request goes through later all the same. */
  | { kind: 'late'; ms: number }
  /** It goes through twice, one after the other, and the second answer is given. */
  | { kind: 'twice' }
  /** It goes through, and another answer is given. `name` tells what kind of lie. */
  | { kind: 'lie'; name: string; answer: (honest: Answered, asked: Asked) => Answered }

export const nameOf = (fault: HttpFault): string => (fault.kind === 'lie' ? fault.name : fault.kind)
