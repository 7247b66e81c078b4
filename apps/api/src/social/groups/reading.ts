import type { Db } from '@aethex/shared/db'
import { notFound } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { z } from 'zod'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { usernameKey } from '../../players/auth/service.js'
import { blocksAround } from '../friends/service.js'
import { listBans } from './ban-store.js'
import { findMember, listMembers } from './member-store.js'
import { findRequest, listRequests, listRequestsOf } from './request-store.js'
import { assertStands, named, toGroup, toMember } from './standing.js'
import { findGroup, findSomeGroups, type GroupRow, groupsOf, searchGroups } from './store.js'

interface PageWish {
  limit: number
  cursor?: string | undefined
}

const NameCursor = z.string().max(512)
const IdCursor = z.uuid()
const MemberCursor = z.tuple([z.int(), z.int(), z.uuid()])
const first = '00000000-0000-0000-0000-000000000000'

/** Groups by name; all of them without a prefix. */
export async function findGroups(
  ctx: Ctx,
  {
    prefix,
    world,
    limit,
    cursor,
  }: PageWish & { prefix?: string | undefined; world?: string | undefined },
) {
  const after = cursor === undefined ? '' : decodeCursor(NameCursor, cursor)
  const wish = { prefix: usernameKey(prefix ?? ''), world, after }
  const rows = await searchGroups(environmentOf(ctx), ctx.db, wish, limit + 1)
  return pageOf(rows, limit, toGroup, row => row.name_key)
}

async function existing(environmentId: string, db: Db, groupId: string): Promise<GroupRow> {
  const group = await findGroup(environmentId, db, groupId)
  if (group === undefined) throw notFound()
  return group
}

/** The group and its version, and what the player is to it. */
export async function readGroup(ctx: Ctx, groupId: string) {
  const { environmentId, playerId } = playerOf(ctx)
  const group = await existing(environmentId, ctx.db, groupId)
  const [own, pending] = await Promise.all([
    findMember(environmentId, ctx.db, groupId, playerId),
    findRequest(environmentId, ctx.db, groupId, playerId, ctx.now()),
  ])
  const view = { group: toGroup(group), role: own?.role ?? null, pending: pending?.kind ?? null }
  return { view, version: group.version }
}

export async function listOwnGroups(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const rows = await groupsOf(environmentId, ctx.db, playerId)
  return {
    items: rows.map(row => ({
      group: toGroup(row),
      role: row.role,
      joined_at: row.joined_at.toISOString(),
    })),
  }
}

const mostOwnRequests = 100

/** The player's own requests, and the invitations to them; newest first. */
export async function listOwnRequests(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const page = { now: ctx.now(), limit: mostOwnRequests }
  const rows = await listRequestsOf(environmentId, ctx.db, playerId, page)
  const ids = rows.map(row => row.group_id)
  const groups = new Map(
    (await findSomeGroups(environmentId, ctx.db, ids)).map(group => [group.id, group]),
  )
  return {
    items: rows.flatMap(row => {
      const group = groups.get(row.group_id)
      // It may have ended between the two looks.
      return group === undefined ? [] : [{ ...openOf(row), group: toGroup(group) }]
    }),
  }
}

const openOf = (row: Awaited<ReturnType<typeof listRequestsOf>>[number]) => ({
  kind: row.kind,
  invited_by: row.invited_by,
  message: row.message,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
})

/** The leader, the officers, the members; longest-serving first. */
export async function listGroupMembers(ctx: Ctx, groupId: string, { limit, cursor }: PageWish) {
  const environmentId = environmentOf(ctx)
  const [rank, joined_us, player_id] =
    cursor === undefined ? [] : decodeCursor(MemberCursor, cursor)
  const after =
    rank === undefined || joined_us === undefined || player_id === undefined
      ? undefined
      : { rank, joined_us, player_id }
  await existing(environmentId, ctx.db, groupId)
  const rows = await listMembers(environmentId, ctx.db, groupId, after, limit + 1)
  return pageOf(
    rows,
    limit,
    row => toMember(row).member,
    row => [row.rank, row.joined_us, row.player_id],
  )
}

/** Who asks to be let in, and who is invited. Officers may see it, but no words of whom they block or who blocks them. */
export async function listGroupRequests(ctx: Ctx, groupId: string, { limit, cursor }: PageWish) {
  const { environmentId, playerId } = playerOf(ctx)
  const after = cursor === undefined ? first : decodeCursor(IdCursor, cursor)
  await existing(environmentId, ctx.db, groupId)
  await assertStands(environmentId, ctx.db, { groupId, playerId }, 'officer')
  const page = { now: ctx.now(), after, limit: limit + 1 }
  const [rows, blocks] = await Promise.all([
    listRequests(environmentId, ctx.db, groupId, page),
    blocksAround(environmentId, ctx.db, playerId),
  ])
  const apart = new Set(blocks)
  return pageOf(
    rows,
    limit,
    row => {
      const message = apart.has(row.player_id) ? '' : row.message
      return { ...openOf({ ...row, message }), player: named(row) }
    },
    row => row.player_id,
  )
}

/** Officers may see it. */
export async function listGroupBans(ctx: Ctx, groupId: string, { limit, cursor }: PageWish) {
  const { environmentId, playerId } = playerOf(ctx)
  const after = cursor === undefined ? first : decodeCursor(IdCursor, cursor)
  await existing(environmentId, ctx.db, groupId)
  await assertStands(environmentId, ctx.db, { groupId, playerId }, 'officer')
  const rows = await listBans(environmentId, ctx.db, groupId, after, limit + 1)
  return pageOf(
    rows,
    limit,
    row => ({
      player: named(row),
      banned_by: row.banned_by,
      reason: row.reason,
      created_at: row.created_at.toISOString(),
    }),
    row => row.player_id,
  )
}
