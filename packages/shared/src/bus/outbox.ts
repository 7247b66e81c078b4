import { type Db, statement } from '../db/index.js'
import type { Closable } from '../lifecycle/index.js'
import type { Logger } from '../log/index.js'
import type { Redis } from '../redis/index.js'
import { type BusEvents, type BusMessage, type BusTopic, publish } from './events.js'

const add = statement<never>('outbox.add', 'INSERT INTO outbox (topic, payload) VALUES ($1, $2)')
const takeSome = statement<{ id: number; topic: BusTopic; payload: BusEvents[BusTopic] }>(
  'outbox.take',
  'SELECT id, topic, payload FROM outbox ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED',
)
const remove = statement<never>('outbox.remove', 'DELETE FROM outbox WHERE id = ANY($1::bigint[])')

/** Puts a message on its way in the transaction of the change it tells of: both happen or neither. */
export async function announce(tx: Db, { topic, payload }: BusMessage): Promise<void> {
  await tx.one(add, [topic, JSON.stringify(payload)])
}

export interface OutboxCourier extends Closable {
  /** Delivers at once instead of at the next look. */
  wake(): void
}

/** Carries the outbox to the bus, at least once and in order of writing, also after an outage of either side. */
export function startOutboxCourier(
  db: Db,
  redis: Redis,
  log: Logger,
  everyMs = 250,
): OutboxCourier {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> | undefined
  let wanted = false

  const deliver = () =>
    db.transaction(async tx => {
      const letters = await tx.all(takeSome, [])
      for (const { topic, payload } of letters)
        await publish(redis, { topic, payload } as BusMessage)
      if (letters.length > 0) await tx.one(remove, [letters.map(letter => letter.id)])
    })
  const run = () => {
    clearTimeout(timer)
    wanted = false
    round = deliver()
      .catch(error => log.warn({ err: error }, 'the outbox waits'))
      .then(() => {
        round = undefined
        if (closed) return
        if (wanted) run()
        else timer = setTimeout(run, everyMs)
      })
  }
  run()
  return {
    wake: () => {
      // A round in progress may have looked before the caller's commit, so another one follows it.
      wanted = true
      if (round === undefined && !closed) run()
    },
    close: async () => {
      closed = true
      clearTimeout(timer)
      await round
    },
  }
}
