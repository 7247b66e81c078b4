import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { loadConfig } from './index.js'

const schemas = {
  config: z.object({ PORT: z.coerce.number().default(1) }),
  secrets: z.object({ MASTER_KEY: z.string(), SMTP_URL: z.string().optional() }),
}
const folder = mkdtempSync(path.join(tmpdir(), 'aethex-config-'))
const file = path.join(folder, 'key')
writeFileSync(file, 'from the file\n')
afterAll(() => rmSync(folder, { recursive: true }))

function read(env: Record<string, string>, ...argv: string[]) {
  const warnings: string[] = []
  const warn = (text: string) => void warnings.push(text)
  return { ...loadConfig('app', schemas, { env, argv, warn }), warnings }
}

test('an option is a variable or a flag, and the flag wins', () => {
  expect(read({ PORT: '2', MASTER_KEY: 'a' }).config).toEqual({ PORT: 2 })
  expect(read({ PORT: '2', MASTER_KEY: 'a' }, '--port', '3').config).toEqual({ PORT: 3 })
  expect(() => read({ MASTER_KEY: 'a' }, '--no-such', '3')).toThrow(/no-such/)
  expect(() => read({ MASTER_KEY: 'a', PORT: 'x' })).toThrow(/PORT/)
})

test('a secret is a variable, lies in a file that a variable or a flag names, or is missed by name', () => {
  expect(read({ MASTER_KEY: 'a', MASTER_KEY_FILE: file }).secrets).toEqual({ MASTER_KEY: 'a' })
  expect(read({ MASTER_KEY_FILE: file }).secrets).toEqual({ MASTER_KEY: 'from the file' })
  const flagged = read({}, '--master-key-file', file)
  expect([flagged.secrets, flagged.warnings]).toEqual([{ MASTER_KEY: 'from the file' }, []])
  expect(() => read({})).toThrow(/MASTER_KEY/)
  expect(() => read({ MASTER_KEY_FILE: path.join(folder, 'none') })).toThrow(/MASTER_KEY_FILE/)
})

test('a secret given as a flag is taken, and warned of without its value', () => {
  const { secrets, warnings } = read({}, '--master-key', 'on the line')
  expect(secrets).toEqual({ MASTER_KEY: 'on the line' })
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('--master-key')
  expect(warnings[0]).not.toContain('on the line')
})
