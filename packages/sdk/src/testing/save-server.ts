import { createHash } from 'node:crypto'
import { problem, type SeenRequest, type TestAnswer, type TestApi } from './test-api.js'

/** A version as the double of the server keeps it. */
export interface TestVersion {
  version: number
  deleted: boolean
  content_type: string
  bytes: Buffer
  facts: Record<string, unknown>
  operation: string
}

/** A double of the API's saves: slots, versions, receipts and tombstones, on any route of a TestApi. */
export interface SaveServer {
  slots: Map<string, TestVersion[]>
  /** The ids of the operations that were carried out, in order. */
  applied: string[]
  /** The data of a slot's newest version. */
  data(slot: string): unknown
  /** Another device writes. */
  write(slot: string, data: unknown, facts?: Record<string, unknown>): void
  remove(slot: string): void
  /** Answers any route under `/saves/me`. */
  answer(request: SeenRequest): TestAnswer
  /** Answers the routes of these slots from now on. */
  openAt(api: TestApi, ...slots: string[]): void
}

const json = 'application/json'
const clock = Date.parse('2026-01-01T00:00:00Z')

export function createSaveServer(): SaveServer {
  const slots = new Map<string, TestVersion[]>()
  const receipts = new Map<string, TestAnswer>()
  const applied: string[] = []
  let others = 0

  const versionsOf = (slot: string) => slots.get(slot) ?? []

  const saveOf = (slot: string, { version, deleted, content_type, bytes, facts }: TestVersion) => ({
    metadata: {},
    client_time: null,
    ...facts,
    save_id: slot,
    version,
    deleted,
    content_type: deleted ? null : content_type,
    size: bytes.length,
    hash: deleted ? null : createHash('sha256').update(bytes).digest('hex'),
    updated_at: new Date(clock + version * 1000).toISOString(),
  })

  const withData = (slot: string, version: TestVersion | undefined) =>
    version === undefined
      ? null
      : {
          save: saveOf(slot, version),
          data:
            version.deleted || version.content_type !== json
              ? null
              : JSON.parse(version.bytes.toString()),
        }

  function append(slot: string, made: Omit<TestVersion, 'version'>): TestVersion {
    const versions = versionsOf(slot)
    const added = { ...made, version: versions.length + 1 }
    slots.set(slot, [...versions, added])
    applied.push(made.operation)
    return added
  }

  function baseOf({ headers, query, body }: SeenRequest): number | undefined {
    if (headers['if-none-match'] === '*') return 0
    const named = body.base_version ?? query.get('base_version')
    const match = /"(\d+)"/.exec(headers['if-match'] ?? '')?.[1] ?? named
    return match === null || match === undefined ? undefined : Number(match)
  }

  function conflictAt(slot: string, base: number | undefined): TestAnswer | undefined {
    const versions = versionsOf(slot)
    const head = versions.at(-1)
    if (base === undefined ? head?.deleted !== true : base === (head?.version ?? 0))
      return undefined
    const ancestor = withData(slot, versions[(base ?? 0) - 1])
    return problem(409, 'save_conflict', { current: withData(slot, head), ancestor, preview: [] })
  }

  function put(slot: string, request: SeenRequest): TestAnswer {
    const operation = String(request.headers['idempotency-key'])
    const receipt = receipts.get(operation)
    if (receipt !== undefined) return receipt
    const conflict = conflictAt(slot, baseOf(request))
    if (conflict !== undefined) return conflict
    const { save_id: _, data, base_version: _base, on_conflict: _wish, ...facts } = request.body
    const isRaw = request.route.startsWith('PUT')
    const bytes = isRaw ? request.bytes : Buffer.from(JSON.stringify(data))
    const content_type = isRaw ? String(request.headers['content-type']) : json
    const added = append(slot, { deleted: false, content_type, bytes, facts, operation })
    const answer = { status: 201, body: { save: saveOf(slot, added), resolution: null } }
    receipts.set(operation, answer)
    return answer
  }

  const gone = (slot: string) => {
    const head = versionsOf(slot).at(-1)
    return problem(404, 'not_found', head && { tombstone: { version: head.version } })
  }

  function remove(slot: string, request: SeenRequest): TestAnswer {
    if (versionsOf(slot).at(-1)?.deleted !== false) return gone(slot)
    const base = baseOf(request)
    const conflict = base === undefined ? undefined : conflictAt(slot, base)
    if (conflict !== undefined) return conflict
    const operation = String(request.headers['idempotency-key'])
    append(slot, { deleted: true, content_type: '', bytes: Buffer.alloc(0), facts: {}, operation })
    return { status: 204 }
  }

  function get(slot: string, { query, headers }: SeenRequest): TestAnswer {
    const versions = versionsOf(slot)
    const asked = query.get('version')
    const found = asked === null ? versions.at(-1) : versions[Number(asked) - 1]
    if (found === undefined || found.deleted || versions.at(-1)?.deleted) return gone(slot)
    const { hash } = saveOf(slot, found)
    if (headers['if-none-match'] === `"${found.version}-${hash}"`) return { status: 304 }
    if (headers.accept === 'application/octet-stream') return { body: found.bytes }
    return { body: withData(slot, found) }
  }

  function answer(request: SeenRequest): TestAnswer {
    const [method, route = ''] = request.route.split(' ')
    const slot = route.split('/')[3]
    if (method === 'POST') return put(String(request.body.save_id), request)
    if (slot === undefined) {
      const heads = [...slots].flatMap(([name, versions]) => {
        const head = versions.at(-1)
        return head === undefined || head.deleted ? [] : [saveOf(name, head)]
      })
      return { body: { items: heads, next_cursor: null } }
    }
    if (method === 'PUT') return put(slot, request)
    return method === 'DELETE' ? remove(slot, request) : get(slot, request)
  }

  return {
    slots,
    applied,
    answer,
    data: slot => withData(slot, versionsOf(slot).at(-1))?.data,
    write(slot, data, facts = {}) {
      const bytes = Buffer.from(JSON.stringify(data))
      append(slot, {
        deleted: false,
        content_type: json,
        bytes,
        facts,
        operation: `other-${++others}`,
      })
    },
    remove(slot) {
      const operation = `other-${++others}`
      append(slot, {
        deleted: true,
        content_type: '',
        bytes: Buffer.alloc(0),
        facts: {},
        operation,
      })
    },
    openAt(api, ...names) {
      for (const route of ['POST /saves/me', 'GET /saves/me']) api.answer(route, answer)
      for (const name of names) {
        for (const method of ['GET', 'PUT', 'DELETE'])
          api.answer(`${method} /saves/me/${name}`, answer)
      }
    },
  }
}
