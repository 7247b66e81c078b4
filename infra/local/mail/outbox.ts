import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import {
  type Envelope,
  type Mail,
  type MailSummary,
  mailId,
  readMail,
  summaryOf,
  withEnvelope,
} from './mail.js'

const keptMails = 1_000

export type Outbox = {
  /** Stores a message; when it resolves, the message survives a power cut. */
  add(message: Buffer, envelope: Envelope): Promise<void>
  /** Newest first. */
  list(): MailSummary[]
  find(id: string): Promise<Mail | undefined>
  findRaw(id: string): Promise<Buffer | undefined>
  clear(): Promise<void>
}

/** Opens a folder of .eml files, one per mail, of which the newest 1,000 are kept. */
export async function openOutbox(dir: string): Promise<Outbox> {
  await mkdir(dir, { recursive: true })
  const mails = await readFolder(dir)
  let sequence = 0

  const fileOf = (id: string) => path.join(dir, `${id}.eml`)

  async function findRaw(id: string): Promise<Buffer | undefined> {
    // Only a name that is in the list reaches the disk.
    if (!mails.has(id)) return undefined
    return readFile(fileOf(id)).catch(() => undefined)
  }

  async function remove(ids: string[]): Promise<void> {
    for (const id of ids) mails.delete(id)
    await Promise.all(ids.map(id => rm(fileOf(id), { force: true })))
  }

  function newestFirst(): MailSummary[] {
    return [...mails.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
  }

  return {
    async add(message, envelope) {
      const id = mailId(Date.now(), sequence++)
      const raw = withEnvelope(message, envelope)
      const mail = await readMail(id, raw)
      await writeDurably(fileOf(id), raw)
      mails.set(id, summaryOf(mail))
      const surplus = newestFirst().slice(keptMails)
      await remove(surplus.map(({ id }) => id))
    },
    list: newestFirst,
    async find(id) {
      const raw = await findRaw(id)
      return raw && readMail(id, raw)
    },
    findRaw,
    clear: () => remove([...mails.keys()]),
  }
}

async function readFolder(dir: string): Promise<Map<string, MailSummary>> {
  const mails = new Map<string, MailSummary>()
  for (const name of await readdir(dir)) {
    const file = path.join(dir, name)
    const id = /^(\d+-\d+)\.eml$/.exec(name)?.[1]
    if (id) mails.set(id, summaryOf(await readMail(id, await readFile(file))))
    // Left by a process that ended before it had told the sender that the mail is here.
    else if (/^\d+-\d+\.eml\.tmp$/.test(name)) await rm(file, { force: true })
  }
  return mails
}

async function writeDurably(file: string, bytes: Buffer): Promise<void> {
  const unfinished = `${file}.tmp`
  const handle = await open(unfinished, 'w', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, file)
  const folder = await open(path.dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
