// Runs programs for the bootstrap: silently behind a line of progress, or in the foreground.
import { spawn } from 'node:child_process'

const progressEveryMs = 1_000
const parentEveryMs = 300
const graceMs = 1_500
const shownLines = 60
const inTerminal = process.stdout.isTTY === true

/** @type {{ end: (signal: NodeJS.Signals) => void } | undefined} */
let current
let isEnded = false

/** Whether somebody asked this command to end. */
export const wasEnded = () => isEnded

/** Prints a sentence and ends the command with exit code 1. */
export function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

function end(signal) {
  isEnded = true
  current?.end(signal)
}

/** Hands signals on to the program that is running, and ends it when npm is gone. */
export function passSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal))
  if (!process.env.npm_lifecycle_event) return
  // npm passes a signal to its shell only, and none when it is killed: either way our parent is gone.
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    end('SIGTERM')
  }, parentEveryMs)
  watch.unref()
}

function exitCodeOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      current = undefined
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143))
    })
  })
}

/** Runs a program that owns the terminal; resolves with its exit code. */
export function runInForeground(program, args, options, onSpawn) {
  const child = spawn(program, args, options)
  current = { end: signal => child.kill(signal) }
  onSpawn(child)
  return exitCodeOf(child)
}

/** npm finishes its work before it heeds a signal: the whole group is killed when it takes too long. */
function groupOf(child) {
  const kill = signal => {
    try {
      process.kill(-child.pid, signal)
    } catch {
      // It ended by itself meanwhile.
    }
  }
  return {
    end() {
      kill('SIGTERM')
      setTimeout(() => kill('SIGKILL'), graceMs).unref()
    },
  }
}

function progressLine(label) {
  const began = Date.now()
  const show = text => process.stdout.write(inTerminal ? `\r\x1b[K  ${text}` : `  ${text}\n`)
  show(`${label} …`)
  const tick = () => show(`${label} … ${Math.round((Date.now() - began) / 1000)} s`)
  const ticker = setInterval(tick, inTerminal ? progressEveryMs : progressEveryMs * 10)
  return how => {
    clearInterval(ticker)
    show(`${label} … ${how} ${((Date.now() - began) / 1000).toFixed(1)} s${inTerminal ? '\n' : ''}`)
  }
}

function showBoth(lines) {
  console.error(`\n${lines.slice(0, shownLines).join('\n')}`)
  const rest = lines.slice(shownLines)
  if (rest.length > shownLines) console.error('…')
  if (rest.length > 0) console.error(rest.slice(-shownLines).join('\n'))
}

/** Runs a program behind a line that counts the seconds; what it says is shown only when it fails. */
export async function runBehindLine(label, program, args, options, onSpawn) {
  const finish = progressLine(label)
  const said = []
  const child = spawn(program, args, {
    ...options,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => said.push(data))
  current = groupOf(child)
  onSpawn(child)
  const code = await exitCodeOf(child)
  if (isEnded) {
    finish('stopped after')
    process.exit(130)
  }
  finish(code === 0 ? 'done' : 'failed after')
  if (code === 0) return
  showBoth(Buffer.concat(said).toString().trimEnd().split('\n'))
  fail(`\n${label} failed (exit code ${code}): the reason is above.`)
}
