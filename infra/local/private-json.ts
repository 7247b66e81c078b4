import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Writes a JSON file that only its owner reads, whole or not at all. */
export function writePrivateJson(file: string, value: unknown): void {
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(unfinished, file)
}

/** What a JSON file holds; undefined when it is missing or torn. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
