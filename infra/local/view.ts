import type { OnProgress } from './progress.js'
import type { Stack } from './stack.js'
import type { SupervisorEvent } from './supervisor.js'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameEveryMs = 100
const remindEveryMs = 10_000

const names: Record<string, string> = {
  postgres: 'PostgreSQL',
  redis: 'Redis',
  s3: 'S3 store',
  clickhouse: 'ClickHouse',
  mail: 'Mail catcher',
  analytics: 'Analytics',
  api: 'API',
  site: 'Game site',
}

const named = (name: string) => names[name] ?? name.replace('relay-', 'Relay ')
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

/** What a person sees of the launcher. */
export type View = {
  onProgress: OnProgress
  onEvent: (event: SupervisorEvent) => void
  line: (text: string) => void
  close: () => void
}

/** In a terminal a last line moves while steps are under way; elsewhere there are only whole lines. */
export function createView(out: NodeJS.WriteStream = process.stdout): View {
  const inTerminal = out.isTTY === true
  const working = new Map<string, number>()
  let frame = 0
  let isEnding = false

  const line = (text: string) => out.write(inTerminal ? `\r\x1b[K${text}\n` : `${text}\n`)

  const draw = () => {
    if (working.size === 0) return
    const longest = performance.now() - Math.min(...working.values())
    const text = `${[...working.keys()].join(', ')} … ${seconds(longest)}`
    const mark = frames[frame++ % frames.length]
    out.write(`\r\x1b[K  ${mark} ${text.slice(0, Math.max(10, (out.columns || 80) - 6))}`)
  }

  const remind = () => {
    for (const [step, began] of working)
      line(`  ${step} … still starting, ${seconds(performance.now() - began)}`)
  }

  const ticker = setInterval(inTerminal ? draw : remind, inTerminal ? frameEveryMs : remindEveryMs)
  return {
    line,
    onProgress(step, state) {
      if (state.kind === 'working') {
        working.set(step, performance.now())
      } else {
        working.delete(step)
        // One failure ends the others too, and theirs explain nothing.
        if (state.kind === 'failed' && isEnding) return
        if (state.kind === 'failed') isEnding = true
        const note = state.kind === 'ready' && state.note ? `, ${state.note}` : ''
        const how =
          state.kind === 'ready' ? `ready ${seconds(state.seconds * 1000)}${note}` : 'failed'
        line(`  ${step} … ${how}`)
      }
      if (inTerminal) draw()
    },
    onEvent(event) {
      const name = named(event.name)
      if (event.kind === 'stopping') {
        isEnding = true
        working.set(`Stopping ${name}`, performance.now())
      }
      if (event.kind === 'stopped') {
        working.delete(`Stopping ${name}`)
        line(`  ${name} stopped`)
      }
      if (event.kind === 'fell') {
        const how = event.exit.signal ?? `exit code ${event.exit.code}`
        line(`  ${name} ended unexpectedly (${how}); starting it again …`)
      }
      if (event.kind === 'back') line(`  ${name} is back`)
      if (event.kind === 'stays down') line(`  ${name} does not start: ${event.reason}`)
    },
    close() {
      clearInterval(ticker)
      if (inTerminal) out.write('\r\x1b[K')
    },
  }
}

/** The table at the end of a start. */
export function table({ urls, demo, dataDir }: Stack): string {
  const rows: [string, string | undefined | null][] = [
    ['Play the game', urls.game],
    ['API docs', urls.docs],
    ['Health', `${urls.api}/readyz`],
    ['Mail outbox', urls.mail],
    ['Publishable key', demo?.publishable_key],
    ['Secret key', demo?.secret_key],
    ['Studio login', demo && `${demo.email}  ${demo.password}`],
    ['Data directory', dataDir],
    ['Stop', 'Ctrl-C'],
  ]
  const lines = rows.flatMap(([name, value]) => (value ? [`  ${name.padEnd(17)} ${value}`] : []))
  return ['', 'AeThex Cloud is running.', '', ...lines, ''].join('\n')
}
