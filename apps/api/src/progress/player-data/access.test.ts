import { codeOf, freshEnvironment } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import {
  documentIn,
  freshKey,
  myDocument,
  openDocumentPlace,
} from '../../testing/document-place.js'

const stack = inject('stack')
let place: Awaited<ReturnType<typeof openDocumentPlace>>
let owner: Caller
let other: Caller
let server: Caller
let studio: Caller
let ownerId: string

beforeAll(async () => {
  place = await openDocumentPlace(stack)
  ;({ owner, other, server, studio, ownerId } = place)
})

const theirs = (collection: string, key: string) =>
  `/players/${ownerId}/documents/${collection}/${key}`

const nobody = '01890000-0000-7000-8000-000000000000'

describe('who reads and writes', () => {
  const classes = ['private', 'owner', 'public', 'server'] as const
  /** Status of a read, a replacement, a patch and a deletion. */
  const matrix: Record<(typeof classes)[number], Record<string, number[]>> = {
    private: {
      owner: [200, 200, 200, 204],
      other: [404, 404, 404, 404],
      server: [200, 200, 200, 204],
    },
    owner: {
      owner: [200, 403, 403, 403],
      other: [404, 404, 404, 404],
      server: [200, 200, 200, 204],
    },
    public: {
      owner: [200, 200, 200, 204],
      other: [200, 404, 404, 404],
      server: [200, 200, 200, 204],
    },
    server: {
      owner: [404, 403, 404, 404],
      other: [404, 404, 404, 404],
      server: [200, 200, 200, 204],
    },
  }
  const cases = classes.flatMap(access =>
    Object.entries(matrix[access]).map(([who, expected]) => [access, who, expected] as const),
  )

  test.each(cases)('of a %s document: %s gets %j', async (access, who, expected) => {
    const key = freshKey()
    const path = theirs('matrix', key)
    const caller = { owner, other, server }[who] ?? server
    expect((await server('PUT', path, { access, value: { n: 1 } })).status).toBe(200)
    const read = await caller('GET', path)
    const put = await caller('PUT', path, { value: { n: 2 } })
    const patch = await caller('PATCH', path, { patch: { n: 3 } })
    const remove = await caller('DELETE', path)
    expect([read, put, patch, remove].map(answer => answer.status)).toEqual(expected)
    const left = await server('GET', path)
    const isUntouched = expected[1] !== 200
    if (isUntouched) expect(documentIn(left)).toMatchObject({ access, value: { n: 1 } })
    // Whatever the class: nobody beside its owner and the server finds it in a list or a batch.
    const isShown = expected[0] === 200 && isUntouched
    const list = await caller('GET', `/players/${ownerId}/documents?collection=matrix&limit=100`)
    const keys = Object(list.body).items.map((item: { key: string }) => item.key)
    expect(keys.includes(key)).toBe(isShown)
    const many = { documents: [{ collection: 'matrix', key }] }
    const found = await caller('POST', `/players/${ownerId}/documents/read`, many)
    expect(Object(found.body).documents[0] !== null).toBe(isShown)
  })

  test('D7: no player makes, or turns a document into, one that only the server writes', async () => {
    for (const access of ['owner', 'server']) {
      const made = await owner('PUT', myDocument('matrix', freshKey()), { access, value: 1 })
      expect([made.status, codeOf(made)]).toEqual([403, 'forbidden'])
      const path = myDocument('matrix', freshKey())
      await owner('PUT', path, { value: {} })
      expect((await owner('PUT', path, { access, value: {} })).status).toBe(403)
      expect((await owner('PATCH', path, { access, patch: {} })).status).toBe(403)
      const writes = [{ op: 'put', collection: 'matrix', key: freshKey(), access, value: 1 }]
      expect((await owner('POST', '/players/me/documents/batch', { writes })).status).toBe(403)
    }
  })

  test('no player takes a document of the server by giving it another class', async () => {
    const path = theirs('matrix', freshKey())
    await server('PUT', path, { access: 'owner', value: { gold: 1 } })
    for (const access of ['private', 'public']) {
      expect((await owner('PUT', path, { access, value: { gold: 9 } })).status).toBe(403)
      expect((await owner('PATCH', path, { access, patch: { gold: 9 } })).status).toBe(403)
    }
    expect(documentIn(await owner('GET', path))).toMatchObject({
      access: 'owner',
      value: { gold: 1 },
    })
  })

  test('a player shows a document to everybody and hides it again', async () => {
    const [key] = [freshKey()]
    await owner('PUT', myDocument('matrix', key), { access: 'public', value: 1 })
    expect((await other('GET', theirs('matrix', key))).status).toBe(200)
    await owner('PATCH', myDocument('matrix', key), { access: 'private', patch: {} })
    expect((await other('GET', theirs('matrix', key))).status).toBe(404)
  })

  test('D1: players of nobody and of other environments are not there', async () => {
    const away = await freshEnvironment(stack)
    const foreign = callerOf(place.home.apiUrl, { 'x-api-key': away.secretKey })
    await owner('PUT', myDocument('matrix', 'shown'), { access: 'public', value: 1 })
    for (const [caller, id] of [
      [foreign, ownerId],
      [server, nobody],
      [other, nobody],
    ] as const) {
      const path = `/players/${id}/documents`
      const answers = [
        await caller('GET', path),
        await caller('GET', `${path}/matrix/shown`),
        await caller('PUT', `${path}/matrix/shown`, { value: 1 }),
        await caller('PATCH', `${path}/matrix/shown`, { patch: {} }),
        await caller('DELETE', `${path}/matrix/shown`),
        await caller('POST', `${path}/read`, { documents: [{ collection: 'matrix', key: 'a' }] }),
      ]
      expect(answers.map(codeOf)).toEqual(answers.map(() => 'not_found'))
    }
  })

  test('D3: a key without the scope neither reads nor writes', async () => {
    const path = `/studio/environments/${place.home.environmentId}/keys`
    const made = await studio('POST', path, {
      kind: 'secret',
      name: 'reader',
      scopes: ['documents:read'],
    })
    const reader = callerOf(place.home.apiUrl, { 'x-api-key': Object(made.body).api_key })
    const target = theirs('matrix', 'shown')
    expect((await reader('GET', target)).status).toBe(200)
    expect(codeOf(await reader('PUT', target, { value: 1 }))).toBe('insufficient_scope')
  })
})
