// The first thing that runs after a clone: installs and builds what is missing, then runs the wanted program.
// Plain JavaScript without dependencies, for nothing is installed yet.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { lockCheckout } from './prepare/lock.mjs'
import { fail, passSignals, runBehindLine, runInForeground } from './prepare/run.mjs'

const checkout = fileURLToPath(new URL('..', import.meta.url))
const at = (...parts) => path.join(checkout, ...parts)

/** command -> what Node runs for it: flags, then the script; the person's own arguments follow */
const commands = {
  start: [at('infra', 'dist', 'start.js')],
  test: ['--import', 'tsx', at('infra', 'test.ts')],
  bench: ['--import', 'tsx', at('bench', 'main.ts')],
  rooms: ['--import', 'tsx', at('infra', 'e2e', 'chaos', 'realtime', 'run-rooms.ts')],
  histories: ['--import', 'tsx', at('infra', 'e2e', 'chaos', 'saves', 'run-histories.ts')],
  migration: [at('infra', 'dist', 'new-migration.js')],
  build: undefined,
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(`Node 20.19 or newer is needed, and this is ${process.versions.node}.`)
}

function npm(args) {
  const fromNpm = process.env.npm_execpath
  const usable = fromNpm?.endsWith('.js') && existsSync(fromNpm)
  return usable ? [process.execPath, [fromNpm, ...args]] : ['npm', args]
}

async function install(lock) {
  const stamp = at('node_modules', '.aethex-installed')
  const wanted = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  // An install that is interrupted must not look finished.
  rmSync(stamp, { force: true })
  const [program, args] = npm(['ci', '--include=dev', '--no-audit', '--no-fund'])
  const label = 'Installing packages (about a minute the first time)'
  await runBehindLine(label, program, args, { cwd: checkout }, lock.name)
  writeFileSync(stamp, wanted)
}

async function build(lock) {
  const turbo = at('node_modules', 'turbo', 'bin', 'turbo')
  const args = [turbo, 'run', 'build', '--output-logs=errors-only', '--log-order=grouped']
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
  await runBehindLine('Building', process.execPath, args, { cwd: checkout, env }, lock.name)
}

/** Runs the program of a command; resolves with its exit code. */
function runCommand(command, args, lock) {
  const script = commands[command].at(-1)
  if (!existsSync(script)) fail(`${path.relative(checkout, script)} is missing: nothing builds it.`)
  // The launcher ends by itself when its channel closes, so that nothing outlives a killed bootstrap. It says when
  // the programs it starts are read: until then no other command may build them anew.
  const isLauncher = command === 'start'
  const stdio = ['inherit', 'inherit', 'inherit', ...(isLauncher ? ['ipc'] : [])]
  const nodeArgs = ['--enable-source-maps', ...commands[command], ...args]
  return runInForeground(process.execPath, nodeArgs, { cwd: checkout, stdio }, child => {
    if (isLauncher) child.once('message', lock.unlock)
    else lock.unlock()
  })
}

async function main([command = 'start', ...args]) {
  requireNode()
  if (!Object.hasOwn(commands, command)) {
    fail(`Unknown command "${command}". There are: ${Object.keys(commands).join(', ')}.`)
  }
  passSignals()
  const lock = await lockCheckout(checkout)
  await install(lock)
  await build(lock)
  if (commands[command]) process.exitCode = await runCommand(command, args, lock)
}

main(process.argv.slice(2)).catch(error => {
  const missing = error.code === 'ENOENT' && error.path
  fail(missing ? `${error.path} was not found. Is npm on the PATH?` : error.message)
})
