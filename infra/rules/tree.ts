import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { serverEnv } from '../local/settings.js'
import { Trouble } from '../local/trouble.js'

/** The files that the rules look at, each read and parsed once. */
export interface Tree {
  root: string
  /** Paths from the root, with forward slashes. */
  files: readonly string[]
  /** The text of a file; empty for one that is not text. */
  text(file: string): string
  lines(file: string): readonly string[]
  /** Every node of a program, parents before children. */
  nodes(file: string): readonly ts.Node[]
}

function listFiles(root: string): string[] {
  // A clone that somebody else owns is still only looked at.
  const args = ['-c', 'safe.directory=*', 'ls-files', '-z', '-co', '--exclude-standard']
  try {
    // A git hook that runs this has set variables which point git elsewhere: they stay outside.
    const options = { cwd: root, env: serverEnv(), encoding: 'utf8', stdio: 'pipe' } as const
    const listed = execFileSync('git', args, options)
    const files = listed.split('\0').filter(file => file !== '')
    return [...new Set(files)].filter(file => existsSync(path.join(root, file))).sort()
  } catch {
    throw new Trouble('The house rules look at the files of a git clone. Is git installed?')
  }
}

function memoized<T>(make: (file: string) => T): (file: string) => T {
  const made = new Map<string, T>()
  return file => {
    const known = made.get(file)
    if (known !== undefined) return known
    const fresh = make(file)
    made.set(file, fresh)
    return fresh
  }
}

function parse(file: string, text: string): ts.Node[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const nodes: ts.Node[] = []
  const visit = (node: ts.Node) => {
    nodes.push(node)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return nodes
}

/**
 * Looks at a clone: what git tracks and what it would track.
 * @throws Trouble without git
 */
export function openTree(root: string): Tree {
  const text = memoized(file => {
    const content = readFileSync(path.join(root, file), 'utf8')
    return content.includes('\0') ? '' : content
  })
  return {
    root,
    files: listFiles(root),
    text,
    lines: memoized(file => text(file).split('\n')),
    nodes: memoized(file => parse(file, text(file))),
  }
}
