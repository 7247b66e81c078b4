import { openVault } from '@aethex/shared/auth'
import { openDatabase } from '@aethex/shared/db'
import { createLog } from '@aethex/shared/log'
import { deliverDue, openMailer } from '@aethex/shared/mail'
import { z } from 'zod'

// A courier of its own process, killed between the server's "taken" and the note that the letter is sent.
const Orders = z.object({
  databaseUrl: z.string(),
  smtpUrl: z.string(),
  masterKey: z.string(),
  leaseSeconds: z.number(),
})

process.once('message', async message => {
  const { databaseUrl, smtpUrl, masterKey, leaseSeconds } = Orders.parse(message)
  const log = createLog('courier', 'silent')
  const mailer = openMailer(smtpUrl, 'Tests <tests@courier.example>')
  await deliverDue({
    db: openDatabase(databaseUrl, log, 2),
    vault: openVault(Buffer.from(masterKey, 'base64')),
    mailer: {
      send: async letter => {
        await mailer.send(letter)
        process.kill(process.pid, 'SIGKILL')
      },
    },
    write: async ({ values }) => {
      const { subject = '', text = '' } = values
      return { locale: 'en', subject, text, html: `<p>${text}</p>` }
    },
    log,
    leaseSeconds,
  })
})
