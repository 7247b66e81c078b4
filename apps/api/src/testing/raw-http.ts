import { connect } from 'node:net'

/** What came back over a bare socket until the server closed it. */
export interface RawAnswers {
  text: string
  /** The status of every answer on the connection, in order. */
  statuses: number[]
  /** The body of the first answer as JSON; undefined when it has none. */
  body: unknown
}

const quietMs = 400

function readAnswers(text: string): RawAnswers {
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(match => Number(match[1]))
  const [, rest = ''] = text.split(/\r\n\r\n/)
  const length = /^content-length: (\d+)\r$/im.exec(text)?.[1]
  const body = length === undefined ? rest : rest.slice(0, Number(length))
  return { text, statuses, body: body.startsWith('{') ? JSON.parse(body) : undefined }
}

/**
 * Writes bytes to the server and collects what it answers, until it closes the connection
 * or (an answer having come) says nothing more.
 */
export function sendRaw(apiUrl: string, bytes: string | Uint8Array): Promise<RawAnswers> {
  const { hostname, port } = new URL(apiUrl)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      socket.setTimeout(quietMs, () => socket.destroy())
    })
    socket.on('error', error => (text === '' ? reject(error) : undefined))
    socket.on('close', () => resolve(readAnswers(text)))
  })
}
