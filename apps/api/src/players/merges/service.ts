import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import {
  auditActorOf,
  type Ctx,
  environmentOf,
  type Parts,
  playerOf,
} from '../../gateway/context.js'
import type { Fusion } from '../../gateway/player-data.js'
import { playerData } from '../../player-data.js'
import { tellStudio } from '../../studio/webhooks/service.js'
import {
  assertFreshProof,
  assertOneFactorIsEnough,
  assertProvenSession,
  assertWayInLeft,
  endSessionsOf,
  findPlayer,
  hasSecondFactor,
  sessionsEnded,
  signIn,
} from '../auth/service.js'
import {
  assertMayEnter,
  assertOpen,
  closeAccount,
  holdAccount,
  reopenAccount,
} from '../standing/service.js'
import { offerMerge } from './preview.js'
import { takeMergeToken } from './proof.js'
import {
  addMerge,
  carryPreferences,
  hasChangedSince,
  holdMerge,
  listMerges,
  type MergeRow,
  moveWaysIn,
  setMergeState,
} from './store.js'

export { offerMerge } from './preview.js'
export { listMergedInto } from './store.js'

const undoDays = 30
const dayMs = 86_400_000

const Memory = z.object({
  ways: z.object({
    devices: z.array(z.string()),
    identities: z.array(z.string()),
    address: z.string().nullable(),
    password: z.boolean(),
  }),
  features: z.record(z.string(), z.unknown()),
})

const toMerge = (row: MergeRow) => ({
  id: row.id,
  player_id: row.player_id,
  merged_player_id: row.merged_player_id,
  state: row.state,
  created_at: row.created_at.toISOString(),
  undo_until: row.undo_until.toISOString(),
})

/** The preview of a merge with the account of another session, which its access token proves. */
export async function previewMerge(ctx: Ctx, otherToken: string) {
  const { environmentId, playerId } = playerOf(ctx)
  await assertFreshProof(ctx)
  const theirs = await assertProvenSession(ctx, environmentId, otherToken)
  if (theirs === playerId) throw new Problem('same_account')
  return offerMerge(ctx, theirs)
}

const mergeables = playerData.flatMap(({ name, mergeable }) =>
  mergeable === undefined ? [] : [{ name, ...mergeable }],
)

async function settle(parts: Parts, fusion: Fusion): Promise<void> {
  for (const feature of mergeables) await feature.settle?.(parts, fusion)
}

/** Accounts are held in one order, so that two merges of the same pair wait instead of blocking each other. */
async function holdBoth(ctx: Ctx, tx: Db, { environmentId, from, to }: Fusion): Promise<void> {
  for (const id of [from, to].sort()) {
    if (!(await holdAccount(environmentId, tx, id))) throw notFound()
    // A ban keeps out, and so do a closed door and a password that support has declared worthless.
    await assertMayEnter(ctx, environmentId, tx, id, { method: 'password' })
  }
}

async function fuse(ctx: Ctx, tx: Db, fusion: Fusion) {
  const { environmentId, from, to } = fusion
  await holdBoth(ctx, tx, fusion)
  if (!(await closeAccount(environmentId, tx, from, 'merged'))) throw new Problem('account_closed')
  const ended = await endSessionsOf(ctx, environmentId, tx, from, { reason: 'merged' })
  const features: Record<string, unknown> = {}
  for (const feature of mergeables) features[feature.name] = await feature.merge(ctx, tx, fusion)
  await carryPreferences(environmentId, tx, from, to)
  const ways = await moveWaysIn(environmentId, tx, { from, to })
  const now = ctx.now()
  const row = await addMerge(environmentId, tx, {
    id: uuidv7(),
    player_id: to,
    merged_player_id: from,
    memory: { ways, features },
    created_at: now,
    undo_until: new Date(now.getTime() + undoDays * dayMs),
  })
  if (row === undefined) throw new Error('the merge was not inserted')
  await audit(tx, {
    environmentId,
    actor: auditActorOf(ctx),
    action: 'merges.confirm',
    target: to,
    details: { merge: row.id, merged_player_id: from },
    requestId: ctx.requestId,
  })
  await tellStudio(tx, environmentId, 'player.merged', { player_id: to, merged_player_id: from })
  return { row, ended }
}

/**
 * Makes one account of two, all of it or nothing, and signs in to the one that goes on. For thirty days it can be undone.
 * Throws `merge_token_invalid`, `account_closed`, `account_banned`.
 */
export async function confirmMerge(
  ctx: Ctx,
  input: { merge_token: string; keep: 'mine' | 'theirs' },
) {
  const { environmentId, playerId } = playerOf(ctx)
  await assertFreshProof(ctx)
  await assertOneFactorIsEnough(ctx)
  const { theirs, provedAt } = await takeMergeToken(ctx, input.merge_token)
  const [from, to] = input.keep === 'mine' ? [theirs, playerId] : [playerId, theirs]
  const fusion = { environmentId, from, to }
  for (const feature of mergeables) await feature.prepare?.(ctx, fusion)
  const { row, ended, signedIn } = await ctx.db.within(environmentId, async tx => {
    if (await hasChangedSince(environmentId, tx, theirs, provedAt)) {
      throw new Problem('merge_token_invalid')
    }
    const fused = await fuse(ctx, tx, fusion)
    const player = await findPlayer(environmentId, tx, to)
    if (player === undefined) throw notFound()
    // Whoever has a second factor has shown it, here or for the session that proved the other side.
    const isGuarded = await hasSecondFactor(environmentId, tx, to)
    const proof = { method: 'merge', ...(isGuarded ? { secondFactorAt: ctx.now() } : {}) }
    return { ...fused, signedIn: await signIn(ctx, tx, player, proof) }
  })
  sessionsEnded(ctx, ended)
  await settle(ctx, fusion)
  return { merge: toMerge(row), ...signedIn }
}

async function part(ctx: Ctx, tx: Db, id: string, owner: string | undefined) {
  const environmentId = environmentOf(ctx)
  const row = await holdMerge(environmentId, tx, id)
  const isTheirs = row !== undefined && (owner === undefined || row.player_id === owner)
  if (!isTheirs) throw notFound()
  if (row.state !== 'merged' || row.undo_until <= ctx.now()) throw new Problem('merge_final')
  const { player_id: to, merged_player_id: from } = row
  const fusion = { environmentId, from, to }
  const memory = Memory.parse(row.memory)
  for (const account of [from, to].sort()) await holdAccount(environmentId, tx, account)
  // What was merged since lies elsewhere: the later merge is undone first.
  await assertOpen(environmentId, tx, to)
  for (const feature of mergeables) {
    await feature.undo(ctx, tx, fusion, memory.features[feature.name])
  }
  await moveWaysIn(environmentId, tx, { from: to, to: from }, memory.ways)
  if (owner !== undefined) await assertWayInLeft(environmentId, tx, to)
  // Some of these sessions were opened by ways in that lead to the other account again.
  const except = ctx.actor.kind === 'player' ? ctx.actor.sessionId : undefined
  const how = { reason: 'accounts parted', ...(except === undefined ? {} : { except }) }
  const ended = await endSessionsOf(ctx, environmentId, tx, to, how)
  await reopenAccount(environmentId, tx, from, 'merged')
  await setMergeState(environmentId, tx, id, 'undone')
  await audit(tx, {
    environmentId,
    actor: auditActorOf(ctx),
    action: owner === undefined ? 'merges.undo_for' : 'merges.undo',
    target: to,
    details: { merge: id, merged_player_id: from },
    requestId: ctx.requestId,
  })
  return { fusion, ended, row: { ...row, state: 'undone' as const } }
}

async function undo(ctx: Ctx, id: string, owner: string | undefined) {
  const { fusion, ended, row } = await ctx.db.within(environmentOf(ctx), tx =>
    part(ctx, tx, id, owner),
  )
  sessionsEnded(ctx, ended)
  await settle(ctx, fusion)
  return { merge: toMerge(row) }
}

/** Parts two accounts again. What was played since stays with the account that went on. Throws `merge_final`. */
export async function undoMyMerge(ctx: Ctx, id: string) {
  await assertFreshProof(ctx)
  return undo(ctx, id, playerOf(ctx).playerId)
}

/** The same by the studio's support. */
export const undoMerge = (ctx: Ctx, id: string) => undo(ctx, id, undefined)

export async function listMyMerges(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  const rows = await listMerges(environmentId, ctx.db, playerId)
  return { items: rows.map(toMerge), next_cursor: null }
}
