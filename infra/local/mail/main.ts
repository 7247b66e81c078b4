import { parseArgs } from 'node:util'
import { runPart } from '../run-part.js'
import { startMailCatcher } from './catcher.js'

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    'smtp-port': { type: 'string', default: '1025' },
    'http-port': { type: 'string', default: '8025' },
  },
})
const { dir } = values
if (!dir) throw new Error('Say where the mails are kept: --dir <directory>')

await runPart(async () => {
  const catcher = await startMailCatcher({
    dir,
    smtpPort: Number(values['smtp-port']),
    httpPort: Number(values['http-port']),
  })
  return {
    ready: { port: catcher.httpPort, smtp_port: catcher.smtpPort },
    close: () => catcher.close(),
  }
})
