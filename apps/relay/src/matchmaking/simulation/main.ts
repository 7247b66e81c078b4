import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type QueueEvent, QueueRules, QueueSettings, TicketWish } from '@aethex/shared/matchmaking'
import { z } from 'zod'
import { makeCrowd } from './crowd.js'
import { tableOf } from './report.js'
import { simulate } from './simulate.js'

const usage = `Plays a recorded queue, or a made-up crowd, against the rules of a queue.

  simulate --rules queues.json [--queue ranked] --recording events.ndjson [--seed 1] [--load 1] [--jitter 0]
  simulate --rules queues.json [--queue ranked] --tickets 10000 [--over 600] [--seed 1]

  --rules      one queue, or the whole setting matchmaking.queues
  --recording  what GET …/matchmaking/queues/:queue/recording answers
  --json       prints the report as JSON`

const Event = z.object({
  kind: z.enum(['came', 'left', 'matched']),
  ticket: z.string(),
  at: z.number(),
  wish: TicketWish.optional(),
})

function readRules(file: string, name: string | undefined): QueueRules {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const setting = QueueSettings.safeParse(value)
  if (!setting.success) return QueueRules.parse(value)
  const { queues } = setting.data
  const found = name === undefined ? queues[0] : queues.find(queue => queue.name === name)
  if (found === undefined) throw new Error(`the setting declares no queue ${name ?? ''}`)
  return found
}

const readRecording = (file: string): QueueEvent[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const { wish, ...event } = Event.parse(JSON.parse(line))
      return wish === undefined ? event : { ...event, wish }
    })

const { values } = parseArgs({
  options: {
    rules: { type: 'string' },
    queue: { type: 'string' },
    recording: { type: 'string' },
    tickets: { type: 'string', default: '10000' },
    over: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
    load: { type: 'string', default: '1' },
    jitter: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help || values.rules === undefined) {
  console.info(usage)
} else {
  const queue = readRules(values.rules, values.queue)
  const seed = Number(values.seed)
  const events =
    values.recording === undefined
      ? makeCrowd(queue, {
          seed,
          tickets: Number(values.tickets),
          overSeconds: Number(values.over),
        })
      : readRecording(values.recording)
  const options = { seed, load: Number(values.load), jitterMs: Number(values.jitter) }
  const report = simulate(queue, events, options)
  console.info(values.json ? JSON.stringify(report, null, 2) : tableOf(report))
}
