import { createHash, createHmac, randomInt } from 'node:crypto'
import { Problem } from '@aethex/shared/errors'
import { addressClaims, type Budget, type Claim } from '@aethex/shared/limits'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { assertFreshProof, findPlayer, type SignedIn, signIn } from '../auth/service.js'
import {
  addWaitingDevice,
  askForDevice,
  decideForDevice,
  findWaitingDevice,
} from './device-store.js'
import { mintStepName } from './kept-steps.js'
import { deviceCodes } from './settings.js'

const ttlSeconds = 600
const intervalSeconds = 5

// RFC 8628 §6.1: no vowels, so no words, and nothing that is read as something else. 20^8 is 34 bits, for ten minutes.
const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const codeLength = 8

// Codes are tried by hand; whoever tries more is looking for a stranger's.
const whenBlind = 'refuse'
const perPlayer: Budget = { name: 'device-player', quota: 20, windowSeconds: 900, whenBlind }
const perAddress: Budget = { name: 'device-address', quota: 100, windowSeconds: 600, whenBlind }

const hashDeviceCode = (code: string) => createHash('sha256').update(code).digest('base64url')

/** A user code has few bits, so its plain hash could be searched; this one needs our key, too. */
const hashUserCode = ({ vault }: Ctx, code: string) =>
  createHmac('sha256', vault.keyFor('device user codes'))
    .update(code.toUpperCase().replaceAll(/[^A-Z]/g, ''))
    .digest('base64url')

const mintUserCode = () =>
  Array.from({ length: codeLength }, () => letters[randomInt(letters.length)]).join('')

const attempts = 4

/** Lets a device wait for a player's yes on another one (RFC 8628). */
export async function startDeviceCode(ctx: Ctx) {
  const environmentId = environmentOf(ctx)
  const rules = await readSetting(environmentId, ctx.db, deviceCodes)
  if (!rules.enabled) throw new Problem('not_found', { detail: 'The game takes no device codes.' })
  const deviceCode = mintStepName()
  for (let left = attempts; left > 0; left--) {
    const code = mintUserCode()
    const isFree = await addWaitingDevice(environmentId, ctx.redis, {
      deviceHash: hashDeviceCode(deviceCode),
      userHash: hashUserCode(ctx, code),
      name: ctx.deviceName ?? '',
      ttlSeconds,
      intervalSeconds,
    })
    if (!isFree) continue
    const userCode = `${code.slice(0, 4)}-${code.slice(4)}`
    const page = new URL(rules.verification_url ?? `${ctx.publicUrl}/auth/device`)
    const complete = new URL(page)
    complete.searchParams.set('user_code', userCode)
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: page.href,
      verification_uri_complete: complete.href,
      expires_in: ttlSeconds,
      interval: intervalSeconds,
    }
  }
  throw new Problem('busy')
}

/** Signs in on the waiting device once its player has said yes. */
export async function tradeDeviceCode(ctx: Ctx, deviceCode: string): Promise<SignedIn> {
  const environmentId = environmentOf(ctx)
  const [state, value] = await askForDevice(
    environmentId,
    ctx.redis,
    hashDeviceCode(deviceCode),
    ctx.now(),
  )
  switch (state) {
    case 'expired':
      throw new Problem('device_code_expired')
    case 'slow_down':
      throw new Problem('slow_down', { extensions: { interval: value } })
    case 'pending':
      throw new Problem('authorization_pending', { extensions: { interval: value } })
    case 'denied':
      throw new Problem('sign_in_denied')
    case 'approved': {
      const player = await findPlayer(environmentId, ctx.db, value)
      if (player === undefined) throw new Problem('device_code_expired')
      return signIn(ctx, ctx.db, player, { method: 'device_code' })
    }
  }
}

async function countTry(ctx: Ctx): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  const own: Claim = [perPlayer, `${environmentId}/${playerId}`]
  await ctx.limits.takeAll([own, ...addressClaims(perAddress, ctx.address)])
}

/** Says yes or no to the device that shows this code. Throws `code_invalid`. */
export async function decideDeviceCode(
  ctx: Ctx,
  userCode: string,
  decision: 'approved' | 'denied',
): Promise<void> {
  await countTry(ctx)
  // The device gets a session as fresh as a sign-in, so the yes must be as fresh.
  if (decision === 'approved') await assertFreshProof(ctx)
  const { environmentId, playerId } = playerOf(ctx)
  const hash = hashUserCode(ctx, userCode)
  if (!(await decideForDevice(environmentId, ctx.redis, hash, decision, playerId))) {
    throw new Problem('code_invalid')
  }
}

/** Which device shows this code, for the player to recognise it before saying yes. Throws `code_invalid`. */
export async function describeDevice(ctx: Ctx, userCode: string) {
  await countTry(ctx)
  const { environmentId } = playerOf(ctx)
  const found = await findWaitingDevice(environmentId, ctx.redis, hashUserCode(ctx, userCode))
  if (found === undefined) throw new Problem('code_invalid')
  return { device: { device_name: found.name || null, expires_in: found.expiresIn } }
}
