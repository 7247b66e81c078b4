import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Closable } from '../lifecycle/index.js'

const Mail = z.object({
  id: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
})

/** A letter as the mail catcher has it. */
export type CaughtMail = z.output<typeof Mail>

/** What one address has got. */
export interface Mailbox {
  /** Newest first. */
  mails(): Promise<CaughtMail[]>
  /** Waits until there are `count` letters whose subject fits; answers the newest of them. */
  next(subject: RegExp, count?: number): Promise<CaughtMail>
  /** A letter as it came over the wire. */
  raw(id: string): Promise<string>
}

const arrivesWithinMs = 10_000

/** Looks into the letter box of an address, at a mail catcher. */
export function mailboxAt(mailUrl: string, address: string): Mailbox {
  const mails = async () => {
    const search = new URLSearchParams({ to: address, limit: '100' })
    const response = await fetch(`${mailUrl}/api/mails?${search}`)
    return z.object({ items: z.array(Mail) }).parse(await response.json()).items
  }
  return {
    mails,
    async next(subject, count = 1) {
      const until = performance.now() + arrivesWithinMs
      for (;;) {
        const all = await mails()
        const found = all.filter(mail => subject.test(mail.subject))
        const [newest] = found
        if (newest !== undefined && found.length >= count) return newest
        if (performance.now() > until) {
          const told = all.map(mail => mail.subject).join(' | ')
          throw new Error(`no letter about ${subject} came, but: ${told}`)
        }
        await wait(50)
      }
    },
    raw: async id => (await fetch(`${mailUrl}/api/mails/${id}/raw`)).text(),
  }
}

/** The code that a letter carries, as its link has it. */
export function codeInMail({ text }: Pick<CaughtMail, 'text'>): string {
  const code = /#code=([\w-]+)/.exec(text)?.[1]
  if (code === undefined) throw new Error(`the letter has no code: ${text}`)
  return code
}

/** A mail catcher of one test file, that can be away for a while. */
export interface TestMail extends Closable {
  smtpUrl: string
  url: string
  kill(): Promise<void>
  /** Starts it again at the same addresses, with what it had caught. */
  start(): Promise<void>
}

const checkout = fileURLToPath(new URL('../../../../', import.meta.url))
const program = path.join(checkout, 'infra/local/mail/main.ts')
const Ready = z.object({ ready: z.literal(true), port: z.int(), smtp_port: z.int() })

/** Starts a mail catcher on free loopback ports; close it when the tests are over. */
export async function startTestMail(): Promise<TestMail> {
  const folder = mkdtempSync(path.join(tmpdir(), 'aethex-test-mail-'))
  let child: ChildProcess | undefined
  let ports = { port: 0, smtp_port: 0 }
  const start = async () => {
    const flags = ['--smtp-port', String(ports.smtp_port), '--http-port', String(ports.port)]
    child = spawn(process.execPath, ['--import', 'tsx', program, '--dir', folder, ...flags], {
      cwd: checkout,
      // The channel ends it when the test run is cut short.
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    if (child.stdout === null) throw new Error('the mail catcher has no output')
    const [line] = await once(createInterface({ input: child.stdout }), 'line', {
      signal: AbortSignal.timeout(30_000),
    })
    ports = Ready.parse(JSON.parse(String(line)))
  }
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  const close = async () => {
    await kill()
    rmSync(folder, { recursive: true, force: true })
  }
  await start().catch(async error => {
    await close()
    throw error
  })
  return {
    smtpUrl: `smtp://127.0.0.1:${ports.smtp_port}`,
    url: `http://127.0.0.1:${ports.port}`,
    kill,
    start,
    close,
  }
}
