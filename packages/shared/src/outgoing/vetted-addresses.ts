import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { OutgoingError } from './outgoing-error.js'

export interface Address {
  address: string
  family: number
}

/** Finds every address of a host name. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>

export const resolveByDns: Resolve = hostname => lookup(hostname, { all: true })

// All of the public IPv6 internet lies here (RFC 4291 §2.4); what else counts as unicast are retired spellings of IPv4.
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** Whether an address is one of the public internet: no loopback, no private network, no metadata service. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast') return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast)
}

const forbidden = (hostname: string) =>
  new OutgoingError('forbidden', `${hostname} is not an address of the public internet`)

/** A host that is written as an address is never looked up, so it is judged before. */
export function assertPublicHost(hostname: string): void {
  const literal = hostname.replace(/^\[(.*)\]$/, '$1')
  if (ipaddr.isValid(literal) && !isPublicAddress(literal)) throw forbidden(hostname)
}

/**
 * The look-up of a connection about to be made: what it answers is what is connected to, so a name that
 * changes its mind afterwards (DNS rebinding) gains nothing. One private address among several spoils them all.
 */
export const vettedLookup =
  (resolve: Resolve): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname).then(
      found => {
        const [first] = found
        if (first === undefined || !found.every(({ address }) => isPublicAddress(address))) {
          callback(forbidden(hostname), '', 0)
        } else if (options.all) callback(null, [...found])
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    )
  }
