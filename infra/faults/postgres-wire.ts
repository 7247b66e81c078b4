/**
 * The messages of PostgreSQL's protocol 3 as far as a proxy must know them
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html).
 */
export interface Message {
  /** One letter; '' for the first of a connection, which has none. */
  type: string
  /** The whole message, its type and length included. */
  bytes: Buffer
}

/** Cuts a stream into messages. `startsBare` for the caller's side, whose first message has no type. */
export function createSplitter(startsBare: boolean): (chunk: Buffer) => Message[] {
  let held: Buffer = Buffer.alloc(0)
  let isBare = startsBare
  return chunk => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const messages: Message[] = []
    for (;;) {
      const head = isBare ? 0 : 1
      if (held.length < head + 4) return messages
      const end = head + held.readInt32BE(head)
      if (held.length < end) return messages
      messages.push({
        type: isBare ? '' : held.toString('latin1', 0, 1),
        bytes: held.subarray(0, end),
      })
      held = held.subarray(end)
      isBare = false
    }
  }
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const text = (value: string) => Buffer.from(`${value}\0`)

/** ErrorResponse and ReadyForQuery: what a statement that fails is answered with. */
export const failure = (sqlState: string, said: string, status: 'I' | 'T' | 'E'): Buffer =>
  Buffer.concat([
    message(
      'E',
      Buffer.concat([
        ...['SERROR', 'VERROR', `C${sqlState}`, `M${said}`].map(text),
        Buffer.from([0]),
      ]),
    ),
    message('Z', Buffer.from(status)),
  ])

export const simpleQuery = (sql: string): Buffer => message('Q', text(sql))

const textAt = (bytes: Buffer, at: number) => bytes.toString('utf8', at, bytes.indexOf(0, at))

/** What a message of the caller says of the statement: its SQL, or its name when it was prepared before. */
export function statementOf({ type, bytes }: Message): string {
  if (type === 'Q') return textAt(bytes, 5)
  if (type !== 'P' && type !== 'B') return ''
  const first = textAt(bytes, 5)
  const second = textAt(bytes, 6 + Buffer.byteLength(first))
  // Parse: name, SQL. Bind: portal, name.
  return type === 'P' ? `${first} ${second}` : second
}
