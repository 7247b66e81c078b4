import { randomInt } from 'node:crypto'
import type { Db } from '@aethex/shared/db'
import { type Ctx, playerOf } from '../../gateway/context.js'
import type { AgeAnswer } from '../age/service.js'
import { keepAnswer } from '../age/service.js'
import { renamePlayer } from '../auth/service.js'
import { policiesInForce } from '../policies/service.js'
import { removeAvatars } from '../profiles/service.js'
import { hideProfile } from './child-store.js'
import { takeTurnToDecide } from './consent-store.js'
import { permissionsOf, writeDecisions } from './consents.js'
import { findChild } from './parental-store.js'
import { purposes } from './schema.js'
import { tellPermissions } from './telling.js'

const neutralName = /^(guest|player)-[0-9a-z]{7,12}$/

const newName = () =>
  `player-${randomInt(36 ** 9)
    .toString(36)
    .padStart(9, '0')}`

/** Takes back what an account had shown or agreed to before it turned out to be a child's. */
async function protectChild(ctx: Ctx, tx: Db, playerId: string): Promise<void> {
  const { environmentId } = playerOf(ctx)
  const policies = await policiesInForce(ctx, environmentId)
  await writeDecisions(
    environmentId,
    tx,
    playerId,
    Object.fromEntries(purposes.map(purpose => [purpose, false])),
    { source: 'age_answer', policies, locale: null, deviceName: ctx.deviceName, now: ctx.now() },
  )
  const child = await findChild(environmentId, tx, playerId)
  // A name of their own choice may be their own name.
  if (child !== undefined && !neutralName.test(child.username)) {
    await renamePlayer(environmentId, tx, playerId, newName())
  }
  await hideProfile(environmentId, tx, playerId)
  // Whoever has seen the picture knows where it is. While it cannot be removed, the answer is not taken either.
  await removeAvatars(environmentId, ctx.blobs, playerId)
}

/** Takes the player's answer to the question for their age. Errors: `age_answered`, `age_not_asked`. */
export async function answerAge(ctx: Ctx, answer: AgeAnswer) {
  const { environmentId, playerId } = playerOf(ctx)
  await ctx.db.transaction(async tx => {
    await takeTurnToDecide(environmentId, tx, playerId)
    const { becameChild } = await keepAnswer(ctx, tx, playerId, answer)
    if (becameChild) await protectChild(ctx, tx, playerId)
  })
  const permitted = await permissionsOf(ctx, environmentId, playerId)
  tellPermissions(ctx, environmentId, playerId, permitted)
  return permitted
}
