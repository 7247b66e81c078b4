import { createHash } from 'node:crypto'
import { freshPlayer, type TestEnvironment, type TestPlayer } from '@aethex/shared/testing'

/**
 * What a load has asked for and been told. `acked` was answered with a 2xx; `unknown` may have happened or not:
 * no answer, a cut connection, a 5xx.
 */
export interface Ledger {
  saves: { playerId: string; data: unknown; version: number; hash: string }[]
  scores: Map<string, { acked: number; sent: number }>
  events: { acked: Set<string>; sent: Set<string> }
  /** Texts, and the numbers that they were told. */
  chat: { acked: Map<string, number>; sent: Set<string> }
  /** Every status that was answered, and how often. */
  statuses: Map<number, number>
}

export interface Load {
  players: TestPlayer[]
  ledger: Ledger
  /** Resolves when every kind of write has been acknowledged again after now. */
  untilServing(): Promise<void>
  stop(): Promise<void>
}

const deadlineMs = 8_000
/** Everybody talks in it. */
export const chaosChannel = 'chat.chaos.public'

type Outcome = { status: number; body: unknown } | undefined

/** One request without any retry; undefined when no answer came. */
async function ask(
  ledger: Ledger,
  url: string,
  headers: Record<string, string>,
  json: unknown,
): Promise<Outcome> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(json),
      signal: AbortSignal.timeout(deadlineMs),
    })
    const body: unknown = await response.json()
    ledger.statuses.set(response.status, (ledger.statuses.get(response.status) ?? 0) + 1)
    return { status: response.status, body }
  } catch {
    return undefined
  }
}

const isAck = (outcome: Outcome) =>
  outcome !== undefined && outcome.status >= 200 && outcome.status < 300

/** Players who save, score, report events and talk, each as fast as they are answered. */
export async function startLoad(
  environment: TestEnvironment,
  board: string,
  count: number,
): Promise<Load> {
  const ledger: Ledger = {
    saves: [],
    scores: new Map(),
    events: { acked: new Set(), sent: new Set() },
    chat: { acked: new Map(), sent: new Set() },
    statuses: new Map(),
  }
  const api = `${environment.apiUrl}/api/v1`
  const players = await Promise.all(Array.from({ length: count }, () => freshPlayer(environment)))
  const acks = { save: 0, score: 0, event: 0, message: 0 }
  let running = true

  async function save(player: TestPlayer, turn: number, head: number): Promise<number> {
    const data = { turn, player: player.id, note: 'ü'.repeat(turn % 50) }
    const json = { save_id: 'slot1', data, base_version: head }
    const outcome = await ask(ledger, `${api}/saves/me`, player.headers, json)
    const answer = Object(outcome?.body)
    // A write whose answer was lost may have become the head: the refusal says so.
    if (outcome?.status === 409) return answer.current?.save.version ?? 0
    if (!isAck(outcome)) return head
    acks.save++
    const hash = createHash('sha256').update(JSON.stringify(data)).digest('hex')
    ledger.saves.push({ playerId: player.id, data, version: answer.save.version, hash })
    return answer.save.version
  }

  async function score(player: TestPlayer, turn: number): Promise<void> {
    const known = ledger.scores.get(player.id) ?? { acked: 0, sent: 0 }
    known.sent = turn
    ledger.scores.set(player.id, known)
    const outcome = await ask(ledger, `${api}/leaderboards/${board}/scores`, player.headers, {
      score: turn,
    })
    if (!isAck(outcome)) return
    acks.score++
    known.acked = turn
  }

  async function report(player: TestPlayer, turn: number): Promise<void> {
    const event = {
      event_id: crypto.randomUUID(),
      name: 'turn',
      time: new Date().toISOString(),
      properties: { turn },
    }
    ledger.events.sent.add(event.event_id)
    const outcome = await ask(ledger, `${api}/analytics/events`, player.headers, {
      events: [event],
    })
    if (!isAck(outcome)) return
    acks.event++
    ledger.events.acked.add(event.event_id)
  }

  /** As a client would: again under the same key until it is known to be there. Answers whether it is. */
  async function say(player: TestPlayer, text: string): Promise<boolean> {
    ledger.chat.sent.add(text)
    const url = `${api}/chat/channels/${chaosChannel}/messages`
    const headers = { ...player.headers, 'idempotency-key': text }
    const outcome = await ask(ledger, url, headers, { text })
    if (!isAck(outcome)) return false
    acks.message++
    ledger.chat.acked.set(text, Object(outcome?.body).message.number)
    return true
  }

  async function play(player: TestPlayer): Promise<void> {
    let head = 0
    let said = 0
    for (let turn = 1; running; turn++) {
      head = await save(player, turn, head)
      await score(player, turn)
      await report(player, turn)
      if (turn % 2 === 0 && (await say(player, `${player.id}-${said}`))) said++
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  for (const player of players) {
    await fetch(`${api}/privacy/consents`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...player.headers },
      body: JSON.stringify({ analytics: true }),
    })
  }
  const playing = Promise.all(players.map(play))
  return {
    players,
    ledger,
    untilServing: async () => {
      const before = { ...acks }
      while (
        acks.save === before.save ||
        acks.score === before.score ||
        acks.event === before.event ||
        acks.message === before.message
      ) {
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    },
    stop: async () => {
      running = false
      await playing
    },
  }
}
