import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { answerQuestions } from '../bus/questions.js'
import { Problem, unavailable } from '../errors/index.js'
import type { Closable } from '../lifecycle/index.js'
import type { Logger } from '../log/index.js'
import { answerOf, type Redis } from '../redis/index.js'

// Which words a studio wants nowhere stands in PostgreSQL, where relay nodes do not look: they ask.
const channel = 'rooms:said'
const answerKey = (questionId: string) => `rooms:said:${questionId}`

/** What a player says of a room, for others to read. */
export const Said = z.object({
  name: z.string().nullish(),
  properties: z.record(z.string(), z.unknown()).optional(),
})
export type Said = z.output<typeof Said>

const Question = z.object({ question_id: z.string(), environment_id: z.string(), said: Said })
const Answer = z.union([
  z.object({ said: Said }),
  z.object({ code: z.enum(['message_refused', 'invalid_request']), detail: z.string() }),
])
type Answer = z.output<typeof Answer>

const answerSeconds = 10
const tries = 3
const patienceMs = 600
const pollMs = 15

/** All texts in a JSON value, the names of fields left out: those are the game's. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** Whether it says something that others have not read there before. */
export function saysMore(said: Said, known: Said): boolean {
  const before = new Set(textsIn(known))
  return textsIn(said).some(text => /\p{L}/u.test(text) && !before.has(text))
}

/**
 * What may stand there of what a player says, in the studio's eyes. Throws `message_refused`, `invalid_request`, or
 * `unavailable` when nobody answers.
 */
export async function askWhatMayStand(
  redis: Redis,
  environmentId: string,
  said: Said,
): Promise<Said> {
  const question_id = randomUUID()
  const question = JSON.stringify({ question_id, environment_id: environmentId, said })
  for (let turn = 0; turn < tries; turn++) {
    await answerOf(redis.publish(channel, question))
    const deadline = performance.now() + patienceMs
    while (performance.now() < deadline) {
      const text = await answerOf(redis.get(answerKey(question_id)))
      if (text !== null) return readAnswer(Answer.parse(JSON.parse(text)))
      await wait(pollMs)
    }
  }
  throw unavailable('word filter', new Error('no API answers'))
}

function readAnswer(answer: Answer): Said {
  if ('said' in answer) return answer.said
  throw new Problem(answer.code, { detail: answer.detail })
}

async function answerTo(admit: () => Promise<Said>): Promise<Answer> {
  try {
    return { said: await admit() }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { code, message: detail } = error
    if (code === 'message_refused' || code === 'invalid_request') return { code, detail }
    throw error
  }
}

/** Answers `askWhatMayStand` until it is closed. */
export const answerWhatMayStand = (
  redis: Redis,
  log: Logger,
  admit: (environmentId: string, said: Said) => Promise<Said>,
): Closable =>
  answerQuestions(redis, channel, log, async text => {
    const { question_id, environment_id, said } = Question.parse(JSON.parse(text))
    const answer = JSON.stringify(await answerTo(() => admit(environment_id, said)))
    await answerOf(redis.set(answerKey(question_id), answer, 'EX', answerSeconds))
  })
