import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'

// ipaddr.js would also take `1` and `0x7f.1`.
const isAddress = (text: string) =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)

/** An address as it is compared: an IPv4 address also in its IPv6 spelling, no port, no brackets. Undefined for none. */
function plainAddress(text: string): string | undefined {
  const trimmed = text.trim()
  const inBrackets = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1]
  const withoutPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed)?.[1]
  const [bare = ''] = (inBrackets ?? withoutPort ?? trimmed).split('%', 1)
  return isAddress(bare) ? ipaddr.process(bare).toString() : undefined
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number]

const rangeOf = (entry: string): Range => {
  if (entry.includes('/')) return ipaddr.parseCIDR(entry)
  const address = ipaddr.process(entry)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

const isWithin = (address: string, [network, bits]: Range) => {
  const parsed = ipaddr.process(address)
  return parsed.kind() === network.kind() && parsed.match(network, bits)
}

/**
 * Reads the address that a request comes from. Only a configured proxy may say who is behind it, and only about
 * the hop that it saw itself: what stands further left in X-Forwarded-For was written by whoever sent it.
 * `trustedProxies` are addresses or ranges; throws for an entry that is neither.
 */
export function addressReader(trustedProxies: readonly string[]) {
  const ranges = trustedProxies.map(rangeOf)
  const isTrusted = (address: string) => ranges.some(range => isWithin(address, range))
  return (request: IncomingMessage): string => {
    const peer = request.socket.remoteAddress ?? ''
    if (ranges.length === 0 && !peer.includes(':')) return peer
    let address = plainAddress(peer) ?? peer
    const forwarded = request.headers['x-forwarded-for']
    const hops = typeof forwarded === 'string' ? forwarded.split(',') : []
    while (isAddress(address) && isTrusted(address)) {
      const hop = plainAddress(hops.pop() ?? '')
      if (hop === undefined) break
      address = hop
    }
    return address
  }
}
