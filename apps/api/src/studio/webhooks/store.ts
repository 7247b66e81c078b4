import { type Db, statement } from '@aethex/shared/db'

const insertEvent = statement<never>(
  'webhooks.insert_event',
  'INSERT INTO webhook_event (environment_id, id, type, payload) VALUES ($1, $2, $3, $4)',
)

export const addEvent = (
  environmentId: string,
  tx: Db,
  event: { id: string; type: string; payload: object },
) => tx.one(insertEvent, [environmentId, event.id, event.type, JSON.stringify(event.payload)])
