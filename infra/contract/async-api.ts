import { z } from 'zod'
import { clientMessages } from '../../apps/relay/src/protocol/client-messages.js'
import { States } from '../../apps/relay/src/protocol/room-messages.js'
import { serverMessages } from '../../apps/relay/src/protocol/server-messages.js'

type Messages = Record<string, z.ZodType>

const schemaOf = (shape: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, {
    io,
    unrepresentable: 'any',
    reused: 'inline',
    // The server's messages may grow fields; only what is sent is strict.
    override: ({ jsonSchema }) => {
      if (io === 'output' && jsonSchema.additionalProperties === false) {
        delete jsonSchema.additionalProperties
      }
    },
  })
  return schema
}

const messagesOf = (messages: Messages, io: 'input' | 'output') =>
  Object.fromEntries(
    Object.entries(messages).map(([type, shape]) => {
      const { description, ...payload } = schemaOf(shape, io)
      return [type, { name: type, ...(description ? { summary: description } : {}), payload }]
    }),
  )

const refs = (way: string, names: readonly string[]) =>
  names.map(name => ({ $ref: `#/channels/${way}/messages/${name}` }))

/** What is spoken on a socket, as an AsyncAPI 3.0 document made of the zod shapes that the relay checks with. */
export function asyncApiDocument(info: { title: string; version: string }): object {
  const sent = messagesOf(clientMessages, 'input')
  const received = {
    ...messagesOf(serverMessages, 'output'),
    states: {
      name: 'states',
      summary:
        'No object but an array: the tick of the room, then in turns who (the `ref` of a member or thing) and what changed. A change is an object of fields; or `[fields, removed]`; or `[fields, removed, key]` for a thing not seen before; or null for what is gone; or, in MessagePack, bytes as the room declares its states. Several messages and states may come as one array. Only for those who have said hello.',
      payload: schemaOf(States, 'output'),
    },
  }
  const channel = (messages: object, description: string) => ({
    address: '/',
    description,
    messages,
  })
  return {
    asyncapi: '3.0.0',
    info: {
      ...info,
      description:
        'A WebSocket to a relay node, at the URL and with the single-use ticket that `POST /realtime/tickets` answers. Sub-protocols: `aethex.v1.json` (text frames) and `aethex.v1.msgpack` (binary frames).',
    },
    defaultContentType: 'application/json',
    channels: {
      toRelay: channel(sent, 'Client to server, at most 64 KiB each.'),
      toClient: channel(received, 'Server to client. `reply_to` is the `id` of what is answered.'),
    },
    operations: {
      say: {
        action: 'receive',
        channel: { $ref: '#/channels/toRelay' },
        messages: refs('toRelay', Object.keys(sent)),
      },
      hear: {
        action: 'send',
        channel: { $ref: '#/channels/toClient' },
        messages: refs('toClient', Object.keys(received)),
      },
    },
  }
}
