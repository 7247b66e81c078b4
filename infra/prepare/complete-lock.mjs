// Adds to package-lock.json the optional platform packages that the registry at hand does not carry.
// `npm ci` refuses a lock that lacks them, also on platforms that never install them. Run it after `npm install`.
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))
const systems = [
  'android',
  'darwin',
  'freebsd',
  'netbsd',
  'openbsd',
  'openharmony',
  'linux',
  'sunos',
  'aix',
  'win32',
  'windows',
]
const processors = [
  'arm64',
  'aarch64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'x64',
  'arm',
  '64',
]

/** What a platform package's name says it is for. */
function platformOf(name) {
  const parts = name.split(/[-/@_.]/)
  const system = systems.find(candidate => parts.some(part => part.startsWith(candidate))) ?? 'none'
  const processor = processors.find(candidate => parts.includes(candidate)) ?? 'none'
  return {
    os: [system === 'windows' ? 'win32' : system],
    cpu: [{ 64: 'x64', aarch64: 'arm64' }[processor] ?? processor],
    ...(parts.some(part => part.startsWith('musl')) ? { libc: ['musl'] } : {}),
  }
}

/** Whether Node would find `name` from the package at `from`: in its own node_modules or in one above. */
function isReachable(from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (lock.packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true
    if (at === '') return false
  }
}

let added = 0
for (const [from, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (!/^\d/.test(version) || isReachable(from, name)) continue
    const dev = entry.dev ? { dev: true } : {}
    lock.packages[`node_modules/${name}`] = { version, ...platformOf(name), optional: true, ...dev }
    added++
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)),
)
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`package-lock.json: ${added} optional platform packages added`)
