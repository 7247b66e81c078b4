import type { RelyingParty } from './ceremonies.js'

// Browsers know no passkeys of a bare address, but they do of localhost, which is the same machine.
const loopback = new Set(['127.0.0.1', '[::1]'])

/** The platform itself: the domain at which the world reaches it, and that origin. */
export function platformParty(publicUrl: string, name: string): RelyingParty {
  const url = new URL(publicUrl)
  if (loopback.has(url.hostname)) url.hostname = 'localhost'
  return { id: url.hostname, name, origins: [url.origin] }
}

/** The domain of a game, when it has set one, and the origins of its pages. */
export function gameParty(
  platform: RelyingParty,
  { rpId, origins }: { rpId: string | null; origins: readonly string[] },
): RelyingParty {
  if (rpId === null) return { ...platform, origins: [...platform.origins, ...origins] }
  return {
    id: rpId,
    name: platform.name,
    origins: origins.length > 0 ? origins : [`https://${rpId}`],
  }
}
