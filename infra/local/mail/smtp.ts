import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import type { Envelope } from './mail.js'

const maxMessageBytes = 10 * 1024 * 1024

/** An SMTP server that accepts every login and recipient and hands each message to `deliver`. */
export function createSmtpServer(
  deliver: (message: Buffer, envelope: Envelope) => Promise<void>,
): SMTPServer {
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: maxMessageBytes,
    closeTimeout: 1_000,
    logger: false,
    onAuth: (login, _session, done) => done(null, { user: login.username ?? 'anyone' }),
    onData(stream, { envelope }, done) {
      const from = envelope.mailFrom ? envelope.mailFrom.address : ''
      const to = envelope.rcptTo.map(({ address }) => address)
      readMessage(stream)
        .then(message => deliver(message, { from, to }))
        .then(() => done(), done)
    },
  })
  // A sender that hangs up is not this process's trouble.
  server.on('error', () => {})
  return server
}

async function readMessage(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // The rest of a message that is too long must be read as well, or it would be taken for commands.
  for await (const chunk of stream) {
    size += chunk.length
    if (size <= maxMessageBytes) chunks.push(chunk)
  }
  if (size > maxMessageBytes) {
    throw Object.assign(new Error('Message exceeds the size limit of 10 MiB.'), {
      responseCode: 552,
    })
  }
  return Buffer.concat(chunks)
}
