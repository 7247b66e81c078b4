import { parseArgs } from 'node:util'
import { type Stack, startStack } from './stack.js'
import { sentenceOf, Trouble } from './trouble.js'
import { createView, table } from './view.js'

const usage = `npm start -- [--fresh] [--relays <1-8>]

  --fresh        begin with an empty data directory
  --relays <n>   how many relay nodes to run

  AETHEX_PORT moves the front door (8080), AETHEX_DATA_DIR the data (.aethex).
  DATABASE_URL, REDIS_URL, S3_ENDPOINT, CLICKHOUSE_URL, SMTP_URL name servers to use instead of starting them.`

// npm passes Ctrl-C on to us although the terminal did already: what follows this soon is the same keystroke.
const sameKeystrokeMs = 1_000

const view = createView()
const aborted = new AbortController()
let stack: Stack | undefined
let stoppingSince: number | undefined

function parse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Trouble(`${sentenceOf(error)}\n\n${usage}`)
  }
}

function readFlags(): { fresh: boolean; relays: number } {
  const options = {
    fresh: { type: 'boolean', default: false },
    relays: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  } as const
  const { values } = parse(() => parseArgs({ options }))
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const relays = Number(values.relays)
  if (Number.isInteger(relays) && relays >= 1 && relays <= 8) return { ...values, relays }
  throw new Trouble(`--relays is "${values.relays}": give a number from 1 to 8.`)
}

async function end(exitCode: number): Promise<void> {
  if (stoppingSince !== undefined) {
    if (performance.now() - stoppingSince < sameKeystrokeMs) return
    view.line('  Forced.')
    stack?.killAll()
    process.exit(130)
  }
  stoppingSince = performance.now()
  view.line('')
  view.line('Stopping …  (Ctrl-C again forces it)')
  if (!stack) return aborted.abort()
  await stack.stop()
  view.close()
  console.log('Everything is stopped. The data stays.')
  process.exit(exitCode)
}

function fail(error: unknown): never {
  view.close()
  if (stoppingSince !== undefined) {
    console.log('Stopped.')
    process.exit(130)
  }
  console.error(`\n${sentenceOf(error)}`)
  if (!(error instanceof Trouble) && error instanceof Error) console.error(error.stack)
  process.exit(1)
}

// A terminal that is closed must not keep the parts from being stopped.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void end(0))
}
if (process.connected) process.once('disconnect', () => void end(0))
process.on('uncaughtException', error => {
  view.line(`The launcher failed: ${error.stack}`)
  void end(1)
})

try {
  const flags = readFlags()
  stack = await startStack({
    ...flags,
    onProgress: view.onProgress,
    onEvent: view.onEvent,
    signal: aborted.signal,
  })
  // What waits to build may do so now: every program is loaded.
  process.send?.('ready')
  view.line(table(stack))
} catch (error) {
  fail(error)
}
