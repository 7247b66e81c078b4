import ipaddr from 'ipaddr.js'
import type { Budget, Claim } from './budget.js'

/** Whom an address stands for: who sends from it, and the network that it was handed out of. */
export interface Sender {
  /** An IPv4 address, or the /64 of an IPv6 address: a household has one and may write any of its addresses. */
  subject: string
  /** The /48 of an IPv6 address, of which a provider hands out 65,536 households; undefined for IPv4. */
  network: string | undefined
}

const prefixOf = (parts: readonly number[], groups: number) =>
  `${parts
    .slice(0, groups)
    .map(part => part.toString(16))
    .join(':')}::/${groups * 16}`

/** Whom to count a request for. An IPv4 address is the same in its IPv6 spelling (RFC 4291 §2.5.5.2). */
export function senderOf(address: string): Sender {
  if (!address.includes(':')) return { subject: address, network: undefined }
  const [bare = ''] = address.split('%', 1)
  if (!ipaddr.IPv6.isValid(bare)) return { subject: address, network: undefined }
  const parsed = ipaddr.IPv6.parse(bare)
  if (parsed.isIPv4MappedAddress()) {
    return { subject: parsed.toIPv4Address().toString(), network: undefined }
  }
  return { subject: prefixOf(parsed.parts, 4), network: prefixOf(parsed.parts, 3) }
}

// Whoever has a /48 for themselves gets no more than eight households have.
const householdsPerNetwork = 8

/** A unit of `budget` for the sender at an address, and one of a wider budget for their network. */
export function addressClaims(budget: Budget, address: string): Claim[] {
  const { subject, network } = senderOf(address)
  const own: Claim = [budget, subject]
  if (network === undefined) return [own]
  const wide = {
    ...budget,
    name: `${budget.name}-network`,
    quota: budget.quota * householdsPerNetwork,
  }
  return [own, [wide, network]]
}
