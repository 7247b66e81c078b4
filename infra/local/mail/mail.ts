import PostalMime, { type Address, type Email } from 'postal-mime'

/** What a list of mails shows; times are ISO 8601 in UTC. */
export type MailSummary = {
  id: string
  from: string
  /** The addresses it was delivered to, Bcc included. */
  to: string[]
  subject: string
  received_at: string
}

export type Mail = MailSummary & { text: string | null; html: string | null }

export type Envelope = { from: string; to: string[] }

// A Delivered-To below this line came with the message and proves nothing.
const endOfEnvelope = '\r\nReceived: by the mail catcher\r\n'

/** Puts sender and recipients of the SMTP session on top, as mail servers do on delivery. */
export function withEnvelope(message: Buffer, { from, to }: Envelope): Buffer {
  const lines = [`Return-Path: <${from}>`, ...to.map(address => `Delivered-To: ${address}`)]
  const head = lines.map(line => line.replace(/[\r\n]/g, ' ')).join('\r\n')
  return Buffer.concat([Buffer.from(head + endOfEnvelope), message])
}

/** Reads a stored message; one that cannot be understood is shown as the text it is. */
export async function readMail(id: string, raw: Buffer): Promise<Mail> {
  const envelope = readEnvelope(raw)
  const email: Partial<Email> = await PostalMime.parse(raw).catch(() => ({
    subject: '(not a readable message)',
    text: raw.toString(),
  }))
  return {
    id,
    from: email.from ? written(email.from) : envelope.from,
    to: envelope.to,
    subject: email.subject ?? '',
    received_at: receivedAt(id),
    text: email.text ?? null,
    html: email.html ?? null,
  }
}

/** The mail without its text, as a list keeps it. */
export function summaryOf({ text: _text, html: _html, ...summary }: Mail): MailSummary {
  return summary
}

function readEnvelope(raw: Buffer): Envelope {
  const envelope: Envelope = { from: '', to: [] }
  const end = raw.indexOf(endOfEnvelope)
  for (const line of raw.toString('utf8', 0, Math.max(end, 0)).split('\r\n')) {
    const [, name, value] = /^(Return-Path|Delivered-To): (.*)$/.exec(line) ?? []
    if (value === undefined) continue
    if (name === 'Delivered-To') envelope.to.push(value)
    else envelope.from = value.replace(/^<|>$/g, '')
  }
  return envelope
}

function written({ name, address = '' }: Address): string {
  return name && address ? `${name} <${address}>` : address || name
}

/** Makes an id that sorts by time of arrival. */
export function mailId(receivedMs: number, sequence: number): string {
  return `${receivedMs}-${String(sequence).padStart(6, '0')}`
}

function receivedAt(id: string): string {
  return new Date(Number(id.split('-')[0])).toISOString()
}
