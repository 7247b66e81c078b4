import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import { connect } from 'node:net'
import { call, codeOf } from '@aethex/shared/testing'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { allRoutes } from '../contract/documents.js'

/** What the public port speaks, and what it does not. */

const { api_url: apiUrl } = inject('stack')
const { hostname, port, host } = new URL(apiUrl)

afterEach(async () => {
  expect((await call('GET', `${apiUrl}/livez`)).status, 'the next honest request').toBe(200)
})

describe('HTTP/2 is a matter of the ingress', () => {
  test('E17: the preface of HTTP/2 is no request here, and ends the connection', async () => {
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.on('data', chunk => {
      text += chunk.toString()
    })
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    // A thousand streams that are opened and reset at once: HEADERS, then RST_STREAM.
    const frame = (type: number, stream: number, payload: number[]) => {
      const head = Buffer.alloc(9)
      head.writeUIntBE(payload.length, 0, 3)
      head.writeUInt8(type, 3)
      head.writeUInt8(type === 1 ? 5 : 0, 4)
      head.writeUInt32BE(stream, 5)
      return Buffer.concat([head, Buffer.from(payload)])
    }
    for (let stream = 1; stream < 2_000; stream += 2) {
      socket.write(frame(1, stream, [0x82, 0x84, 0x86]))
      socket.write(frame(3, stream, [0, 0, 0, 8]))
    }
    socket.on('error', () => undefined)
    await once(socket, 'close')
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d /)
  })

  test('E17: nobody is offered an upgrade to HTTP/2', async () => {
    const request = http.request(`${apiUrl}/livez`, {
      headers: {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABk',
      },
    })
    request.end()
    const [response]: http.IncomingMessage[] = await once(request, 'response')
    expect([response?.statusCode, response?.httpVersion]).toEqual([200, '1.1'])
    response?.resume()
  })

  test('E17: a client that insists on HTTP/2 gets nowhere', async () => {
    const session = http2.connect(apiUrl)
    const [error] = await once(session, 'error')
    expect(error).toBeInstanceOf(Error)
    session.destroy()
  })
})

describe('what nobody offers', () => {
  const known = new Set(allRoutes.map(route => route.path.split('/').slice(0, 4).join('/')))
  const tried = [
    'admin',
    'internal',
    'debug',
    'actuator',
    'console',
    'graphql',
    'swagger',
    'status',
  ]
  test.each(tried.flatMap(name => [`/${name}`, `/api/v1/${name}`, `/api/${name}`]))(
    'D9: %s is not there',
    async path => {
      expect(known).not.toContain(path)
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await call(method, apiUrl + path)
        expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
      }
    },
  )
})

describe('bodies without end', () => {
  /** Sends chunks for as long as somebody takes them; the answer and how much was sent. */
  async function pour(target: string, headers: string[]) {
    const socket = connect(Number(port), hostname)
    let [text, sent, isOver] = ['', 0, false]
    socket.on('data', chunk => {
      text += chunk.toString()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      isOver = true
    })
    socket.write([`POST ${target} HTTP/1.1`, `host: ${host}`, ...headers, '', ''].join('\r\n'))
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    while (!isOver && sent < 64 * 1_048_576) {
      sent += 0x4000
      if (!socket.write(chunk)) {
        await new Promise(resolve => socket.once('drain', resolve).once('close', resolve))
      }
    }
    socket.destroy()
    return { text, sent, isOver }
  }

  test('E10: an endless row of chunks is cut off soon after the limit', async () => {
    const { text, sent, isOver } = await pour('/api/v1/studio/login', [
      'content-type: application/json',
      'transfer-encoding: chunked',
    ])
    // The connection is cut while this side still sends: the reset may overtake the answer.
    expect(text).toMatch(/^$|^HTTP\/1\.1 413 /)
    expect(isOver).toBe(true)
    // What lies in the buffers of the sockets counts as sent.
    expect(sent).toBeLessThan(32 * 1_048_576)
  })

  test('E10: who waits for a 100 before sending too much gets the refusal instead', async () => {
    const socket = connect(Number(port), hostname)
    const lines = [
      'POST /api/v1/studio/login HTTP/1.1',
      `host: ${host}`,
      'content-type: application/json',
      'content-length: 1000000000000',
      'expect: 100-continue',
    ]
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    let text = ''
    socket.on('data', chunk => {
      text += chunk.toString()
    })
    await expect.poll(() => text, { timeout: 5_000 }).toMatch(/HTTP\/1\.1 413 /)
    socket.destroy()
  })
})
