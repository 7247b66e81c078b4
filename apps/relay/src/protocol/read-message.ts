import { Problem } from '@aethex/shared/errors'
import { parseInput } from '@aethex/shared/http'
import type { z } from 'zod'
import { type ClientMessage, clientMessages } from './client-messages.js'
import type { PackedStateUpdate } from './room-messages.js'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type PlainStateUpdate = z.output<typeof clientMessages.player_state_update>

const schemas = new Map<unknown, z.ZodType<ClientMessage>>(Object.entries(clientMessages))

/**
 * The same rules as `clientMessages.player_state_update`, by hand: these are nine messages in ten.
 * The value must come from a codec, which has checked what lies within `state`.
 */
export function isStateUpdate(value: unknown): value is PlainStateUpdate {
  if (!isObject(value) || value.type !== 'player_state_update' || !isObject(value.state)) {
    return false
  }
  for (const key in value) if (key !== 'type' && key !== 'state' && key !== 'id') return false
  return !('id' in value) || Number.isSafeInteger(value.id)
}

// Only a codec puts bytes into a value: no JSON and no MessagePack of a client has them.
const isPackedState = (value: unknown): value is PackedStateUpdate =>
  isObject(value) && value.packed instanceof Uint8Array

/** A decoded value as a message. Throws `unknown_message` or `invalid_request`. */
export function readMessage(value: unknown): ClientMessage {
  if (isPackedState(value) || isStateUpdate(value)) return value
  if (!isObject(value) || typeof value.type !== 'string') {
    throw new Problem('invalid_request', { detail: 'A message is an object with a type.' })
  }
  const schema = schemas.get(value.type)
  if (schema === undefined) throw new Problem('unknown_message')
  return parseInput(schema, value, '')
}

/** The id of a message that may be wrong in every other way. */
export function idOf(value: unknown): number | undefined {
  return isObject(value) && Number.isSafeInteger(value.id) ? Number(value.id) : undefined
}
