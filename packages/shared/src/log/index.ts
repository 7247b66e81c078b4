import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger }

const secrets = [
  'password',
  'authorization',
  'refresh_token',
  'access_token',
  'device_secret',
  'api_key',
  'ticket',
]

/** One JSON line per event on standard output; what could be a secret is never written. */
export function createLog(app: string, level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { app },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: secrets.flatMap(name => [name, `*.${name}`, `*.*.${name}`]),
        censor: '[redacted]',
      },
      formatters: { level: label => ({ level: label }) },
    },
    destination ?? pino.destination({ sync: false, minLength: 0 }),
  )
}
