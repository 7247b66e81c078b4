import { createTransport } from 'nodemailer'
import type { Closable } from '../lifecycle/index.js'

/** A letter as it goes over the wire. */
export interface Message {
  /** The id of its row: the same at every attempt, so that a mailbox can tell a second copy. */
  id: string
  to: string
  /** Stands before the address of MAIL_FROM. */
  fromName?: string | undefined
  replyTo?: string | undefined
  locale: string
  subject: string
  text: string
  html: string
}

/** The way to the mail server. */
export interface Mailer extends Closable {
  /** Resolves once the server has taken the message. Throws `Refused` when it never will. */
  send(message: Message): Promise<void>
  /** Whether the server lets us in; asked at most every ten seconds. */
  ping(): Promise<void>
}

/** The letter itself is at fault, or its address: another attempt would end the same. */
export class Refused extends Error {}

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }
/** After this a letter has not been sent, whatever the server is doing. */
export const sendWithinMs = 30_000
const pingEveryMs = 10_000

// One line, whatever a name holds: nodemailer folds and encodes, this keeps it readable as well.
const oneLine = (text: string) => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()

/** `Name <address>`, or the address alone. */
export function readSender(from: string): { name: string; address: string } | undefined {
  const [, name = '', address] = /^(?:([^<>]*)<)?([^\s<>@]+@[^\s<>@]+)>?$/.exec(from.trim()) ?? []
  return address === undefined ? undefined : { name: name.trim(), address }
}

/** A server that refuses the recipient or the text for good (RFC 5321 §4.2.1), not us or our login. */
const isRefusal = (error: unknown) =>
  error instanceof Error &&
  'permanent' in error &&
  error.permanent === true &&
  'command' in error &&
  (error.command === 'RCPT TO' || error.command === 'DATA')

/**
 * Opens a pool of connections to the SMTP server of a URL; nothing is dialled before the first letter.
 * `smtps://` is TLS from the start; `smtp://` takes STARTTLS when it is offered, with `?requireTLS=true` always.
 */
export function openMailer(smtpUrl: string, from: string): Mailer {
  const sender = readSender(from)
  if (sender === undefined) throw new Error('MAIL_FROM is not an address, or a name and <address>')
  const domain = sender.address.split('@')[1]
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    // What happens to a letter is for the outbox to decide, which remembers.
    maxRequeues: 0,
    ...timeouts,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  let asked: { at: number; answer: Promise<void> } | undefined
  return {
    async send({ id, to, fromName, replyTo, locale, subject, text, html }) {
      try {
        await transport.sendMail({
          messageId: `<${id}@${domain}>`,
          from: { name: oneLine(fromName ?? sender.name), address: sender.address },
          to: { name: '', address: to },
          ...(replyTo === undefined ? {} : { replyTo: { name: '', address: replyTo } }),
          subject: oneLine(subject),
          text,
          html,
          // RFC 3834: nobody's holiday notice should answer this.
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': locale },
          signal: AbortSignal.timeout(sendWithinMs),
        })
      } catch (error) {
        throw isRefusal(error) ? new Refused('the server refuses it', { cause: error }) : error
      }
    },
    ping() {
      if (asked === undefined || performance.now() - asked.at > pingEveryMs) {
        asked = { at: performance.now(), answer: transport.verify().then(() => undefined) }
      }
      return asked.answer
    },
    close: async () => transport.close(),
  }
}
