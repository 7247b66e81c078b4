import { parseArgs } from 'node:util'
import { z } from 'zod'

/** A configuration error tells the operator what to set; the process ends with it. */
export class ConfigError extends Error {}

type Shape = z.ZodObject

interface Sources {
  env: Record<string, string | undefined>
  argv: readonly string[]
}

/** `DATABASE_URL` can also be given as `--database-url`; the flag wins. */
export const flagOf = (name: string) => `--${name.toLowerCase().replaceAll('_', '-')}`

function readFlags(names: string[], argv: readonly string[]) {
  const options = Object.fromEntries(
    [...names.map(name => flagOf(name).slice(2)), 'help'].map(flag => [
      flag,
      { type: flag === 'help' ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error))
  }
}

function describe(shape: Shape): string {
  return Object.entries(shape.shape)
    .map(
      ([name, schema]) =>
        `  ${flagOf(name).padEnd(26)} ${name.padEnd(26)} ${schema.description ?? ''}`,
    )
    .join('\n')
}

/**
 * Reads the options of an app once, from flags and the environment, by its two schemas.
 * The secrets are a separate object so that the config itself can be logged.
 */
export function loadConfig<Config extends Shape, Secrets extends Shape>(
  app: string,
  schemas: { config: Config; secrets: Secrets },
  sources: Sources = { env: process.env, argv: process.argv.slice(2) },
): { config: z.output<Config>; secrets: z.output<Secrets> } {
  const names = [...Object.keys(schemas.config.shape), ...Object.keys(schemas.secrets.shape)]
  const flags = readFlags(names, sources.argv)
  if (flags.help) {
    console.log(`${app}: every option is a flag and an environment variable\n`)
    console.log(`${describe(schemas.config)}\n${describe(schemas.secrets)}`)
    process.exit(0)
  }
  const given = Object.fromEntries(
    names.map(name => [name, flags[flagOf(name).slice(2)] ?? (sources.env[name] || undefined)]),
  )
  const read = <S extends Shape>(schema: S) => {
    const result = schema.safeParse(
      Object.fromEntries(Object.keys(schema.shape).map(name => [name, given[name]])),
    )
    if (result.success) return result.data
    const reasons = result.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`)
    throw new ConfigError(`${app} cannot start: ${reasons.join('; ')}`)
  }
  return { config: read(schemas.config), secrets: read(schemas.secrets) }
}

/** A TCP port; 0 takes a free one. */
export const port = () => z.coerce.number().int().min(0).max(65_535)

/** A comma-separated list. */
export const list = () =>
  z.string().transform(text =>
    text
      .split(',')
      .map(item => item.trim())
      .filter(item => item !== ''),
  )

/** The options that every app has. */
export const common = {
  HOST: z.string().default('127.0.0.1').describe('the address to listen on'),
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe('development, production or test'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('the least that is logged: trace, debug, info, warn, error or silent'),
}
