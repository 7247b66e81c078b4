import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { deliverDue } from '@aethex/shared/mail'
import type { Parts } from '../../gateway/context.js'
import { writeLetter } from './service.js'
import { forgetOldLetters } from './store.js'

// Letters that were queued in this process are sent at once; this finds the others, and those that wait for another try.
const everyMs = 2_000
const hourMs = 3_600_000

/** Carries the letters of the outbox to the mail server; without one they wait. */
export function carryMail(parts: Parts, log: Logger): Closable {
  const { db, vault, mail, mailer } = parts
  const upkeep = parts.repeat({
    name: 'mail-upkeep',
    everyMs: hourMs,
    work: () => forgetOldLetters(db).then(() => undefined),
  })
  if (mailer === undefined) {
    log.warn('SMTP_URL is not set: letters wait in the outbox until it is')
    return upkeep
  }
  const write = (letter: Parameters<typeof writeLetter>[1]) => writeLetter(parts, letter)
  const courier = parts.repeat({
    name: 'mail',
    everyMs,
    work: async () => void (await deliverDue({ db, vault, mailer, write, log })),
  })
  mail.onQueued(() => courier.wake())
  return {
    close: async () => {
      await courier.close()
      await upkeep.close()
    },
  }
}
