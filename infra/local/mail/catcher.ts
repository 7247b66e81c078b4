import type { SMTPServer } from 'smtp-server'
import { closeHttp, listen } from '../listen.js'
import { openOutbox } from './outbox.js'
import { createSmtpServer } from './smtp.js'
import { createMailWeb } from './web.js'

export type MailCatcherOptions = {
  /** Where the mails are kept, made when missing. */
  dir: string
  /** 0, the default of both ports, takes a free one. */
  smtpPort?: number
  httpPort?: number
  host?: string
}

export type MailCatcher = {
  /** For `nodemailer.createTransport(smtpUrl)`. */
  smtpUrl: string
  /** The page and the API. */
  url: string
  smtpPort: number
  httpPort: number
  close(): Promise<void>
}

/** Starts an SMTP server that keeps every mail instead of sending it, and a page to read them on. */
export async function startMailCatcher(options: MailCatcherOptions): Promise<MailCatcher> {
  const { dir, host = '127.0.0.1' } = options
  const outbox = await openOutbox(dir)
  const smtp = createSmtpServer(outbox.add)
  const web = createMailWeb(outbox)
  const smtpPort = await listen(smtp.server, options.smtpPort ?? 0, host)
  try {
    const httpPort = await listen(web, options.httpPort ?? 0, host)
    return {
      smtpUrl: `smtp://${host}:${smtpPort}`,
      url: `http://${host}:${httpPort}`,
      smtpPort,
      httpPort,
      async close() {
        await Promise.all([closeSmtp(smtp), closeHttp(web)])
      },
    }
  } catch (error) {
    await closeSmtp(smtp)
    throw error
  }
}

async function closeSmtp(smtp: SMTPServer): Promise<void> {
  await new Promise<void>(resolve => smtp.close(() => resolve()))
}
