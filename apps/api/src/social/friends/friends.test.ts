import { createLog } from '@aethex/shared/log'
import { openRedis } from '@aethex/shared/redis'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import type { Parts } from '../../gateway/context.js'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'
import { openPrivacyPlace } from '../../testing/privacy-place.js'
import { openStored } from '../../testing/stored.js'
import { playerData } from './player-data.js'

const stack = inject('stack')
let environment: TestEnvironment

beforeAll(async () => {
  environment = await freshEnvironment(stack)
})

interface Somebody {
  id: string
  username: string
  as: Caller
}

async function somebody(): Promise<Somebody> {
  const { id, username, headers } = await freshPlayer(environment)
  return { id, username, as: callerOf(environment.apiUrl, headers) }
}
const two = () => Promise.all([somebody(), somebody()])

const listOf = async ({ as }: Somebody, path: string) => {
  const answer = await as('GET', path)
  expect(answer.status).toBe(200)
  return Object(answer.body).items as Record<string, unknown>[]
}
const idsOf = async (who: Somebody, path: string) =>
  (await listOf(who, path)).map(item => item.user_id)
const friendsOf = (who: Somebody) => idsOf(who, '/friends')
const incoming = (who: Somebody) => idsOf(who, '/friends/requests')
const outgoing = (who: Somebody) => idsOf(who, '/friends/requests?direction=outgoing')
const ask = (who: Somebody, whom: Somebody) =>
  who.as('POST', '/friends/requests', { user_id: whom.id })
const accept = (who: Somebody, whom: Somebody) =>
  who.as('POST', `/friends/requests/${whom.id}/accept`)
const decline = (who: Somebody, whom: Somebody) =>
  who.as('POST', `/friends/requests/${whom.id}/decline`)
const block = (who: Somebody, whom: Somebody) => who.as('PUT', `/blocks/${whom.id}`)
const unblock = (who: Somebody, whom: Somebody) => who.as('DELETE', `/blocks/${whom.id}`)

async function befriend(one: Somebody, other: Somebody) {
  expect((await ask(one, other)).status).toBe(201)
  expect((await accept(other, one)).status).toBe(200)
}

describe('becoming friends', () => {
  test('takes one who asks and one who says yes, and both have the other on their list', async () => {
    const [ann, bob] = await two()
    const asked = await ask(ann, bob)
    expect([asked.status, asked.body]).toEqual([201, { status: 'requested', user_id: bob.id }])
    expect(await listOf(bob, '/friends/requests')).toEqual([
      {
        user_id: ann.id,
        username: ann.username,
        avatar_url: null,
        created_at: expect.any(String),
      },
    ])
    expect(await outgoing(ann)).toEqual([bob.id])
    expect([await friendsOf(ann), await friendsOf(bob)]).toEqual([[], []])
    const accepted = await accept(bob, ann)
    expect(accepted.body).toEqual({ friend: { user_id: ann.id, username: ann.username } })
    expect(await listOf(ann, '/friends')).toEqual([
      { user_id: bob.id, username: bob.username, avatar_url: null, since: expect.any(String) },
    ])
    expect(await friendsOf(bob)).toEqual([ann.id])
    expect([await incoming(bob), await outgoing(ann)]).toEqual([[], []])
  })

  test('goes by username, in any case', async () => {
    const [ann, bob] = await two()
    const asked = await ann.as('POST', '/friends/requests', {
      username: bob.username.toUpperCase(),
    })
    expect(asked.body).toEqual({ status: 'requested', user_id: bob.id })
    const nobody = await ann.as('POST', '/friends/requests', { username: 'nobody by this name' })
    expect([nobody.status, codeOf(nobody)]).toEqual([404, 'not_found'])
  })

  test('happens at once when both have asked, also in the same moment, and once', async () => {
    const [ann, bob] = await two()
    const answers = await inParallel(10, index => (index % 2 === 0 ? ask(ann, bob) : ask(bob, ann)))
    expect(tally(answers)).toEqual({ 201: 10 })
    expect(answers.some(answer => Object(answer.body).status === 'friends')).toBe(true)
    expect([await friendsOf(ann), await friendsOf(bob)]).toEqual([[bob.id], [ann.id]])
    expect([await incoming(ann), await incoming(bob)]).toEqual([[], []])
  })

  test('is the same when it is done twice', async () => {
    const [ann, bob] = await two()
    expect((await ask(ann, bob)).body).toEqual((await ask(ann, bob)).body)
    expect(await incoming(bob)).toEqual([ann.id])
    expect(tally(await inParallel(5, () => accept(bob, ann)))).toEqual({ 200: 5 })
    expect(Object((await ask(ann, bob)).body).status).toBe('friends')
    const remove = () => ann.as('DELETE', `/friends/${bob.id}`)
    expect(tally([await remove(), await remove()])).toEqual({ 204: 2 })
    expect([await friendsOf(ann), await friendsOf(bob)]).toEqual([[], []])
  })

  test('needs somebody else who is there and has asked', async () => {
    const [ann, bob] = await two()
    expect(codeOf(await ask(ann, ann))).toBe('oneself')
    expect(codeOf(await block(ann, ann))).toBe('oneself')
    const foreign = await freshPlayer(await freshEnvironment(stack))
    for (const id of [crypto.randomUUID(), foreign.id]) {
      const asked = await ann.as('POST', '/friends/requests', { user_id: id })
      const requests = `/friends/requests/${id}`
      const others = [
        await ann.as('DELETE', `/friends/${id}`),
        await ann.as('DELETE', requests),
        await ann.as('POST', `${requests}/accept`),
        await ann.as('POST', `${requests}/decline`),
        await ann.as('PUT', `/blocks/${id}`),
        await ann.as('DELETE', `/blocks/${id}`),
      ]
      expect(tally([asked, ...others])).toEqual({ 404: 7 })
    }
    expect((await accept(ann, bob)).status).toBe(404)
    // Asking oneself into somebody's list by accepting one's own request does not work either.
    await ask(ann, bob)
    expect((await accept(ann, bob)).status).toBe(404)
  })

  test('lists go by pages, newest first', async () => {
    const ann = await somebody()
    const others = [await somebody(), await somebody(), await somebody()]
    for (const other of others) await befriend(other, ann)
    const ids = others.map(({ id }) => id).reverse()
    const first = Object((await ann.as('GET', '/friends?limit=2')).body)
    expect(first.items.map((item: { user_id: string }) => item.user_id)).toEqual(ids.slice(0, 2))
    const rest = Object((await ann.as('GET', `/friends?limit=2&cursor=${first.next_cursor}`)).body)
    expect(rest.items.map((item: { user_id: string }) => item.user_id)).toEqual(ids.slice(2))
    expect(rest.next_cursor).toBe(null)
    expect(codeOf(await ann.as('GET', '/friends?cursor=bm9uZQ'))).toBe('invalid_cursor')
  })
})

describe('saying no', () => {
  test('ends a request for who was asked, and looks like waiting to who has asked', async () => {
    const [ann, bob] = await two()
    await ask(ann, bob)
    expect((await decline(bob, ann)).status).toBe(204)
    expect([await incoming(bob), await outgoing(ann)]).toEqual([[], [bob.id]])
    expect(Object((await ask(ann, bob)).body).status).toBe('requested')
    expect(await incoming(bob)).toEqual([])
    expect((await accept(bob, ann)).status).toBe(404)
  })

  test('is remembered when the request is taken back and made again', async () => {
    const [ann, bob] = await two()
    await ask(ann, bob)
    await decline(bob, ann)
    expect((await ann.as('DELETE', `/friends/requests/${bob.id}`)).status).toBe(204)
    expect(await outgoing(ann)).toEqual([])
    expect(Object((await ask(ann, bob)).body).status).toBe('requested')
    expect([await incoming(bob), await outgoing(ann)]).toEqual([[], [bob.id]])
  })

  test('is forgotten by asking back', async () => {
    const [ann, bob] = await two()
    await ask(ann, bob)
    await decline(bob, ann)
    expect(Object((await ask(bob, ann)).body).status).toBe('friends')
    expect(await friendsOf(ann)).toEqual([bob.id])
  })

  test('a request that was taken back is gone from both lists', async () => {
    const [ann, bob] = await two()
    await ask(ann, bob)
    await ann.as('DELETE', `/friends/requests/${bob.id}`)
    expect([await incoming(bob), await outgoing(ann)]).toEqual([[], []])
    expect((await accept(bob, ann)).status).toBe(404)
  })
})

describe('a block', () => {
  test('G11: whoever is blocked gets the same answers as everybody, and is heard by nobody', async () => {
    const [ann, bob] = await two()
    const stranger = await somebody()
    expect((await block(ann, bob)).status).toBe(204)
    const toBlocker = await ask(bob, ann)
    const toStranger = await ask(bob, stranger)
    expect(toBlocker.status).toBe(toStranger.status)
    expect(Object(toBlocker.body).status).toBe(Object(toStranger.body).status)
    expect((await outgoing(bob)).sort()).toEqual([ann.id, stranger.id].sort())
    expect(await incoming(ann)).toEqual([])
    expect((await accept(ann, bob)).status).toBe(404)
    expect((await accept(bob, ann)).status).toBe((await accept(bob, stranger)).status)
    expect(await friendsOf(bob)).toEqual([])
    const shown = await bob.as('GET', '/blocks')
    expect(shown.body).toEqual({ items: [], next_cursor: null })
  })

  test('G11: ends the friendship and every request between the two', async () => {
    const [ann, bob] = await two()
    await befriend(ann, bob)
    await block(ann, bob)
    expect([await friendsOf(ann), await friendsOf(bob)]).toEqual([[], []])
    expect(await idsOf(ann, '/blocks')).toEqual([bob.id])
    const [cid, dot] = await two()
    await ask(cid, dot)
    await block(dot, cid)
    expect([await incoming(dot), await outgoing(cid)]).toEqual([[], [dot.id]])
    const [eve, fay] = await two()
    await ask(eve, fay)
    await block(eve, fay)
    expect([await incoming(fay), await outgoing(eve)]).toEqual([[], []])
  })

  test('G11: who blocks somebody cannot ask them before ending the block', async () => {
    const [ann, bob] = await two()
    await block(ann, bob)
    expect(codeOf(await ask(ann, bob))).toBe('player_blocked')
    await ask(bob, ann)
    expect(tally([await unblock(ann, bob), await unblock(ann, bob)])).toEqual({ 204: 2 })
    // What was asked during the block stays unheard; from now on it is heard again.
    expect([await incoming(ann), await outgoing(bob)]).toEqual([[], []])
    await ask(bob, ann)
    expect(await incoming(ann)).toEqual([bob.id])
  })

  test('G11: against an acceptance in the same moment leaves no friendship', async () => {
    for (let round = 0; round < 2; round++) {
      const [ann, bob] = await two()
      await ask(ann, bob)
      await Promise.all([accept(bob, ann), block(ann, bob)])
      expect([await friendsOf(ann), await friendsOf(bob)]).toEqual([[], []])
    }
  })
})

describe('children', () => {
  test('G11: ask nobody and are asked by nobody before a parent lets them meet people', async () => {
    const place = await openPrivacyPlace(stack)
    await place.set('age.gate', { enabled: true })
    const answerAge = async (birth_date: string) => {
      const { id, as } = await place.player()
      await as('POST', '/auth/age', { birth_date, country: 'DE' })
      return { id, username: '', as }
    }
    const child = await answerAge(`${new Date().getUTCFullYear() - 8}-01-01`)
    const grown = await answerAge('1980-01-01')
    expect(codeOf(await ask(child, grown))).toBe('parental_consent_required')
    expect(Object((await ask(grown, child)).body).status).toBe('requested')
    expect([await incoming(child), await outgoing(grown)]).toEqual([[], [child.id]])
    expect(codeOf(await accept(child, grown))).toBe('parental_consent_required')
    const ageless = await place.player()
    const asked = await ageless.as('POST', '/friends/requests', { user_id: grown.id })
    expect(codeOf(asked)).toBe('age_required')
  })
})

describe('limits', () => {
  test('a player has a hundred open requests, and five hundred friends', async () => {
    const stored = openStored(stack)
    const [ann, bob] = await two()
    const cid = await somebody()
    const extras = `INSERT INTO player (environment_id, id, username, username_key)
      SELECT $1, gen_random_uuid(), name, name FROM (SELECT $2 || n AS name FROM generate_series(1, $3::int) n) AS names
      RETURNING id`
    const makePlayers = async (prefix: string, count: number) =>
      (await stored.rows(extras, environment.environmentId, prefix, count)).map(({ id }) => id)
    await stored.rows(
      `INSERT INTO friend_request (environment_id, from_id, to_id, state, created_at, expires_at)
       SELECT $1, $2, id, 'open', now(), now() + interval '1 day' FROM unnest($3::uuid[]) AS id`,
      environment.environmentId,
      ann.id,
      await makePlayers('asked', 100),
    )
    expect(codeOf(await ask(ann, bob))).toBe('friend_requests_full')
    // Whoever has asked already is not kept from being told so again, nor from being a friend.
    await ask(bob, ann)
    expect(Object((await ask(ann, bob)).body).status).toBe('friends')
    await stored.rows(
      `INSERT INTO friendship (environment_id, player_id, friend_id, created_at)
       SELECT $1, $2, id, now() FROM unnest($3::uuid[]) AS id`,
      environment.environmentId,
      bob.id,
      await makePlayers('befriended', 499),
    )
    expect(codeOf(await ask(bob, cid))).toBe('friends_full')
    await ask(cid, bob)
    expect(codeOf(await accept(bob, cid))).toBe('friends_full')
    await bob.as('DELETE', `/friends/${ann.id}`)
    expect((await accept(bob, cid)).status).toBe(200)
    await stored.close()
  })
})

describe('what is kept', () => {
  test('is handed out without what others keep to themselves, and erased on both sides', async () => {
    const [ann, bob] = await two()
    const cid = await somebody()
    await befriend(ann, bob)
    await block(cid, ann)
    await ask(ann, cid)
    const stored = openStored(stack)
    const redis = openRedis(stack.redis_url, createLog('test', 'silent'))
    const outbox = { wake: () => {}, close: async () => {} }
    // All that this feature uses of them.
    const parts = { db: stored.db, now: () => new Date(), redis, outbox } as Parts
    const { environmentId } = environment
    const files = []
    for await (const file of playerData.exportFor(parts, environmentId, ann.id)) files.push(file)
    expect(files).toMatchObject([
      {
        name: 'friends.json',
        content: {
          friends: [{ user_id: bob.id }],
          requests_made: [{ user_id: cid.id }],
          requests_got: [],
          blocks: [],
        },
      },
    ])
    expect(JSON.stringify(files)).not.toContain('unheard')
    const erase = () => playerData.eraseFor(parts, environmentId, ann.id)
    expect(await erase()).toMatchObject({ friendship: 2, friend_request: 1, player_block: 1 })
    expect(await erase()).toMatchObject({ friendship: 0, friend_request: 0, player_block: 0 })
    expect([await friendsOf(bob), await idsOf(cid, '/blocks')]).toEqual([[], []])
    redis.disconnect()
    await stored.close()
  })
})

describe('two accounts of one person', () => {
  test('have the friends and blocks of both when they are merged, and their own when they part', async () => {
    const first = await freshPlayer(environment)
    const second = await freshPlayer(environment)
    const [kept, closed] = [first, second].map(({ id, username, headers }) => ({
      id,
      username,
      as: callerOf(environment.apiUrl, headers),
    }))
    if (kept === undefined || closed === undefined) throw new Error('nobody')
    const [bob, cid] = await two()
    const dot = await somebody()
    await befriend(kept, bob)
    await befriend(closed, bob)
    await befriend(closed, cid)
    await befriend(kept, dot)
    await block(closed, dot)
    const offer = await kept.as('POST', '/auth/merges/preview', {
      other_access_token: second.accessToken,
    })
    const { merge_token, preview } = Object(offer.body)
    expect(preview.theirs.holds.friends).toEqual({ friends: 2 })
    const merged = await kept.as('POST', '/auth/merges', { merge_token, keep: 'mine' })
    expect(merged.status).toBe(201)
    expect((await friendsOf(kept)).sort()).toEqual([bob.id, cid.id].sort())
    expect(await friendsOf(cid)).toEqual([kept.id])
    expect([await idsOf(kept, '/blocks'), await friendsOf(dot)]).toEqual([[dot.id], []])
    const { id } = Object(merged.body).merge
    const parted = await kept.as('POST', `/auth/merges/${id}/undo`)
    expect(parted.status).toBe(200)
    expect([await friendsOf(kept), await idsOf(kept, '/blocks')]).toEqual([[bob.id], []])
    expect(await friendsOf(cid)).toEqual([closed.id])
    expect((await friendsOf(bob)).sort()).toEqual([kept.id, closed.id].sort())
  })
})
