import type { z } from 'zod'
import { clientMessages } from '../../apps/relay/src/protocol/client-messages.js'
import { serverMessages } from '../../apps/relay/src/protocol/server-messages.js'

type Messages = Record<string, z.ZodObject>

function rowsOf(messages: Messages): string {
  return Object.entries(messages)
    .map(([type, shape]) => {
      const fields = Object.entries(shape.shape)
        .filter(([name]) => name !== 'type')
        .map(([name, field]) => `\`${name}${field.safeParse(undefined).success ? '?' : ''}\``)
      return `| \`${type}\` | ${fields.join(' ')} | ${shape.description ?? ''} |`
    })
    .join('\n')
}

/** All messages of a socket as a page of the documentation. */
export const messagesPage =
  () => `<!-- Made from the relay's messages by \`npm run generate\`. Do not edit. -->

# Messages of a socket

[realtime.md](realtime.md) tells how they work together. Their exact shapes are in the AsyncAPI document
[asyncapi.json](asyncapi.json), and as \`ClientMessage\` and \`ServerMessage\` in \`/api/v1/openapi.json\`. A field with
\`?\` may be missing.

## What a client says

| message | fields | |
| --- | --- | --- |
${rowsOf(clientMessages)}

## What the server says

| message | fields | |
| --- | --- | --- |
${rowsOf(serverMessages)}
`
