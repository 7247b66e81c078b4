import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Vault } from '@aethex/shared/auth'

/**
 * What a hosted page calls the API with, in the place of a publishable key: the environment and an expiry, signed.
 * It opens what a publishable key opens, on our own pages only.
 */
const pattern = /^hp_([0-9a-f-]{36})\.(\d{10})\.([\w-]{43})$/
const lifetimeSeconds = 86_400

const sign = (vault: Vault, text: string) =>
  createHmac('sha256', vault.keyFor('hosted pages')).update(text).digest('base64url')

export function mintPageKey(vault: Vault, environmentId: string, now: Date): string {
  const text = `${environmentId}.${Math.floor(now.getTime() / 1_000) + lifetimeSeconds}`
  return `hp_${text}.${sign(vault, text)}`
}

export const isPageKey = (key: string) => key.startsWith('hp_')

/** The environment of a genuine key that is not over; undefined for anything else. */
export function readPageKey(vault: Vault, key: string, now: Date): string | undefined {
  const [, environmentId, expiry, signature = ''] = pattern.exec(key) ?? []
  if (environmentId === undefined || expiry === undefined) return undefined
  const expected = sign(vault, `${environmentId}.${expiry}`)
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature))) return undefined
  return Number(expiry) * 1_000 > now.getTime() ? environmentId : undefined
}
