import { isIPv4, isIPv6 } from 'node:net'

const groups = (part: string) => part.split(':').filter(group => group !== '')

/** The first 48 bits, with `::` written out. An IPv4 tail stands for two groups. */
function first48(address: string): string {
  const [head = '', tail] = address.split('::', 2)
  const before = groups(head)
  const after = groups(tail ?? '')
  const width = after.length + (address.includes('.') ? 1 : 0)
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - width)
  const all = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return all
    .slice(0, 3)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')
}

/** Roughly where an address is: its /24 (IPv4) or /48 (IPv6). Enough for a proof, too little to find a person. */
export function networkOf(address: string): string | null {
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`
  return isIPv6(plain) ? `${first48(plain)}::/48` : null
}
