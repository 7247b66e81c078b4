import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { z } from 'zod'

/** A configuration error tells the operator what to set; the process ends with it. */
export class ConfigError extends Error {}

type Shape = z.ZodObject

interface Sources {
  env: Record<string, string | undefined>
  argv: readonly string[]
  /** Is told what the operator should know; the error stream unless said. */
  warn?: (text: string) => void
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

/** `MASTER_KEY` can also lie in the file that `MASTER_KEY_FILE` names. */
const fileOf = (name: string) => `${name}_FILE`

function readSecret(app: string, name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`${app} cannot start: ${fileOf(name)}: ${reason}`)
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
 * The secrets are a separate object so that the config itself can be logged. Each of them may lie in a file, and one
 * that comes as a flag is warned of: whoever may list the processes of a machine reads it there.
 */
export function loadConfig<Config extends Shape, Secrets extends Shape>(
  app: string,
  schemas: { config: Config; secrets: Secrets },
  sources: Sources = { env: process.env, argv: process.argv.slice(2) },
): { config: z.output<Config>; secrets: z.output<Secrets> } {
  const secretNames = Object.keys(schemas.secrets.shape)
  const names = [...Object.keys(schemas.config.shape), ...secretNames]
  const flags = readFlags([...names, ...secretNames.map(fileOf)], sources.argv)
  if (flags.help) {
    console.log(`${app}: every option is a flag and an environment variable\n`)
    console.log(`${describe(schemas.config)}\n${describe(schemas.secrets)}`)
    console.log('\nEach of the last ones may lie in a file: the same name with _FILE, or -file')
    process.exit(0)
  }
  const { warn = console.warn } = sources
  for (const name of secretNames.filter(secret => flagOf(secret).slice(2) in flags)) {
    warn(`${flagOf(name)} can be read by others on this machine: use ${fileOf(name)} or ${name}`)
  }
  const stated = (name: string) => {
    const flag = flags[flagOf(name).slice(2)]
    return typeof flag === 'string' ? flag : sources.env[name] || undefined
  }
  const given = Object.fromEntries([
    ...names.map(name => [name, stated(name)] as const),
    ...secretNames.map(
      name => [name, stated(name) ?? readSecret(app, name, stated(fileOf(name)))] as const,
    ),
  ])
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
