import type { Db } from '@aethex/shared/db'
import { v7 as uuidv7 } from 'uuid'
import type { WebhookEvents, WebhookEventType } from './events.js'
import { addEvent } from './store.js'

export type { WebhookEvents, WebhookEventType } from './events.js'

/** Tells the studio's endpoints of a change, in the transaction of the change: both happen or neither. */
export async function tellStudio<Type extends WebhookEventType>(
  tx: Db,
  environmentId: string,
  type: Type,
  payload: WebhookEvents[Type],
): Promise<void> {
  await addEvent(environmentId, tx, { id: uuidv7(), type, payload })
}
