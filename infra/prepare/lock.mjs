// Lets one command at a time install and build in a checkout: two would tear each other's files.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail, wasEnded } from './run.mjs'

const askAgainMs = 300
// A lock that is still empty belongs to a process that is just writing it.
const emptyForMs = 100

function isOurs(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
  const file = `/proc/${pid}/cmdline`
  return !existsSync(file) || /bootstrap\.mjs|npm|turbo/.test(readFileSync(file, 'utf8'))
}

/** A living process that the lock names: the command, or what it runs and left behind when it was killed. */
function ownerOf(lock) {
  const pids = existsSync(lock) ? readFileSync(lock, 'utf8').split(' ').map(Number) : []
  return pids.find(pid => pid > 0 && isOurs(pid))
}

function tryLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    return fail(`This checkout cannot be written to: ${error.message}`)
  }
}

/**
 * Waits for the lock.
 * @returns how to name a program that must end before others begin, and how to let the lock go
 */
export async function lockCheckout(checkout) {
  const lock = path.join(checkout, '.turbo', 'bootstrap.lock')
  try {
    mkdirSync(path.dirname(lock), { recursive: true })
  } catch (error) {
    fail(`This checkout cannot be written to: ${error.message}`)
  }
  let told = false
  while (!tryLock(lock)) {
    const owner = ownerOf(lock)
    if (owner === undefined) {
      await sleep(emptyForMs)
      if (ownerOf(lock) === undefined) rmSync(lock, { force: true })
      continue
    }
    if (!told)
      console.log(`  Waiting for another command (process ${owner}) that prepares this checkout …`)
    told = true
    await sleep(askAgainMs)
    if (wasEnded()) process.exit(130)
  }
  const unlock = () => {
    if (ownerOf(lock) === process.pid) rmSync(lock, { force: true })
  }
  process.once('exit', unlock)
  return { name: child => writeFileSync(lock, `${process.pid} ${child.pid}`), unlock }
}
