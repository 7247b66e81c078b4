import { createHash } from 'node:crypto'
import { problem, type SeenRequest, type TestAnswer, type TestApi } from './test-api.js'

interface HeldUpload {
  id: string
  wish: Record<string, unknown>
  parts: Map<number, Buffer>
  done: TestAnswer | undefined
}

/** A double of the API's uploads in parts, and of its reads in ranges, for one slot. */
export interface UploadServer {
  /** The version that was made last. */
  bytes: Buffer | undefined
  version: number
  uploads: Map<string, HeldUpload>
  /** Answers instead of the double, or hangs up; undefined: the double answers. */
  trouble: (request: SeenRequest) => TestAnswer | undefined
  /** Does what was asked, and then hangs up, the next time that a route is asked so. */
  loseAnswerOf(route: RegExp): void
}

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

export function openUploadServer(api: TestApi, slot: string, partBytes = 2 ** 20): UploadServer {
  const path = `/saves/me/${slot}`
  const begun = new Map<string, string>()
  const lost: RegExp[] = []

  const server: UploadServer = {
    bytes: undefined,
    version: 0,
    uploads: new Map(),
    trouble: () => undefined,
    loseAnswerOf: route => void lost.push(route),
  }

  const saveOf = (bytes: Buffer) => ({
    save_id: slot,
    version: server.version,
    deleted: false,
    content_type: 'application/octet-stream',
    size: bytes.length,
    hash: hashOf(bytes),
    metadata: {},
    updated_at: '2026-01-01T00:00:00.000Z',
    client_time: null,
  })

  const shown = ({ id, wish, parts, done }: HeldUpload) => ({
    upload: {
      upload_id: id,
      save_id: slot,
      size: wish.size,
      hash: wish.hash,
      content_type: wish.content_type,
      part_bytes: partBytes,
      parts: Math.ceil(Number(wish.size) / partBytes),
      received: [...parts.keys()].sort((a, b) => a - b),
      direct: wish.direct === true,
      state: done === undefined ? 'open' : 'done',
      expires_at: '2026-01-02T00:00:00.000Z',
    },
  })

  /** Answers a route from now on, through whatever trouble there is. */
  function serve(route: string, answer: (request: SeenRequest) => TestAnswer): void {
    api.answer(route, request => {
      const instead = server.trouble(request)
      if (instead !== undefined) return instead
      const said = answer(request)
      const at = lost.findIndex(each => each.test(request.route))
      if (at < 0) return said
      lost.splice(at, 1)
      return { cut: true }
    })
  }

  function complete(upload: HeldUpload): TestAnswer {
    if (upload.done !== undefined) return upload.done
    const count = shown(upload).upload.parts
    const numbers = Array.from({ length: count }, (_, at) => at + 1)
    const missing = numbers.filter(part => !upload.parts.has(part))
    if (missing.length > 0) return problem(409, 'upload_incomplete', { missing })
    const bytes = Buffer.concat(numbers.map(part => upload.parts.get(part) ?? Buffer.alloc(0)))
    if (hashOf(bytes) !== upload.wish.hash) return problem(400, 'digest_mismatch')
    server.bytes = bytes
    server.version += 1
    upload.done = { status: 201, body: { save: saveOf(bytes), resolution: null } }
    return upload.done
  }

  function putPart(upload: HeldUpload, part: number, { headers, bytes }: SeenRequest): TestAnswer {
    const digest = createHash('sha256').update(bytes).digest('base64')
    const declared = headers['content-digest']
    if (declared !== undefined && declared !== `sha-256=:${digest}:`) {
      return problem(400, 'digest_mismatch')
    }
    upload.parts.set(part, bytes)
    return { body: shown(upload) }
  }

  function begin({ headers, body }: SeenRequest): TestAnswer {
    const key = String(headers['idempotency-key'])
    const known = server.uploads.get(begun.get(key) ?? '')
    if (known !== undefined) return { status: 201, body: shown(known) }
    const id = `u${server.uploads.size + 1}`
    const upload: HeldUpload = { id, wish: body, parts: new Map(), done: undefined }
    begun.set(key, id)
    server.uploads.set(id, upload)
    const at = `${path}/uploads/${id}`
    serve(`GET ${at}`, () => ({ body: shown(upload) }))
    serve(`DELETE ${at}`, () => {
      server.uploads.delete(id)
      for (const route of [`GET ${at}`, `POST ${at}/complete`]) {
        serve(route, () => problem(404, 'not_found'))
      }
      return { status: 204 }
    })
    serve(`POST ${at}/complete`, () => complete(upload))
    for (let part = 1; part <= shown(upload).upload.parts; part++) {
      serve(`PUT ${at}/parts/${part}`, request => putPart(upload, part, request))
    }
    return { status: 201, body: shown(upload) }
  }

  serve(`POST ${path}/uploads`, begin)
  serve(`GET ${path}`, ({ headers }) => {
    const { bytes } = server
    if (bytes === undefined) return problem(404, 'not_found')
    if (headers.accept !== 'application/octet-stream')
      return { body: { save: saveOf(bytes), data: null } }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    return from === undefined
      ? { body: bytes }
      : { status: 206, body: bytes.subarray(Number(from), Number(to) + 1) }
  })
  return server
}
