import { Problem } from '@aethex/shared/errors'
import type { z } from 'zod'
import type { Ctx } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { redirects } from './settings.js'

export type FlowMode = 'redirect' | 'popup' | 'loopback'

type Rules = z.output<typeof redirects.shape>

// RFC 8252 §7.3: the address itself, for "localhost" may be somebody else's; any port; the path as it was agreed.
const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\]):([1-9]\d{0,4})(\/[^?#]*)$/

// The platform's own pages offer the providers, too, in a window that leads back to them.
const ownPage = /^\/auth\/(?:sign-in|sign-up|forgot|reset|verify|device)$/

/** Whether a sign-in may lead there. Addresses are compared as texts: what only looks alike is another one. */
function mayLeadTo(rules: Rules, mode: FlowMode, address: string, publicUrl: string): boolean {
  const isListed = rules.allowed.includes(address)
  switch (mode) {
    case 'redirect':
      return isListed
    case 'popup': {
      const isOurs = address.startsWith(publicUrl) && ownPage.test(address.slice(publicUrl.length))
      return isListed || isOurs
    }
    case 'loopback': {
      const [, port, path] = loopback.exec(address) ?? []
      if (path === undefined || Number(port) > 65_535) return false
      return isListed || (rules.loopback && path === rules.loopback_path)
    }
  }
}

/** Throws `redirect_not_allowed`. */
export async function assertRedirectAllowed(
  { db, publicUrl }: Ctx,
  environmentId: string,
  mode: FlowMode,
  address: string,
): Promise<void> {
  const rules = await readSetting(environmentId, db, redirects)
  if (!mayLeadTo(rules, mode, address, publicUrl)) throw new Problem('redirect_not_allowed')
}
