import { common } from '@aethex/shared/config'
import { schemas as analytics } from '../../apps/analytics/src/config.js'
import { schemas as api } from '../../apps/api/src/config.js'
import { schemas as relay } from '../../apps/relay/src/config.js'
import { variables as launcher } from '../local/variables.js'

/** The part of a zod schema that says what an option is. */
interface Option {
  description?: string | undefined
  safeParse(value: unknown): { success: boolean; data?: unknown }
}

interface Variable {
  name: string
  about: string
  /** Undefined when nothing stands for it. */
  fallback: string | undefined
  isNeeded: boolean
}

export interface Section {
  title: string
  variables: readonly Variable[]
}

function asText(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return Array.isArray(value) ? value.join(',') : String(value)
}

function variableOf([name, option]: [string, Option]): Variable {
  const absent = option.safeParse(undefined)
  const fallback = absent.success ? asText(absent.data) : undefined
  return { name, about: option.description ?? '', fallback, isNeeded: !absent.success }
}

/** The options of one program, those of `except` left out. */
export function sectionOf(
  title: string,
  options: Readonly<Record<string, Option>>,
  except: Readonly<Record<string, Option>> = {},
): Section {
  const own = Object.entries(options).filter(([name]) => !Object.hasOwn(except, name))
  return { title, variables: own.map(variableOf) }
}

const ofApp = (
  title: string,
  { config, secrets }: Record<'config' | 'secrets', { shape: Record<string, Option> }>,
) => sectionOf(title, { ...config.shape, ...secrets.shape }, common)

/** Every program that reads the environment, with all that it reads. */
export const sections: readonly Section[] = [
  {
    title: 'npm start, which hands all that is set below on to the apps',
    variables: Object.entries(launcher).map(([name, variable]) => ({
      name,
      fallback: undefined,
      isNeeded: false,
      ...variable,
    })),
  },
  sectionOf('Every app', common),
  ofApp('apps/api', api),
  ofApp('apps/relay', relay),
  ofApp('apps/analytics', analytics),
]

const head = `# Every variable that the programs read. Made from their schemas by \`npm run generate\`: do not edit.
# A variable behind a # may stay away; what stands there then holds. The others must be given to an app that is
# started by itself; \`npm start\` sets them. An app also takes each as a flag: DATABASE_URL is --database-url.
`

const linesOf = ({ name, about, fallback, isNeeded }: Variable) =>
  `# ${about}\n${isNeeded ? '' : '#'}${name}=${fallback ?? ''}\n`

/** The text of .env.example. */
export const envExample = (programs: readonly Section[] = sections): string =>
  [
    head,
    ...programs.map(
      ({ title, variables }) => `# --- ${title}\n\n${variables.map(linesOf).join('')}`,
    ),
  ].join('\n')
