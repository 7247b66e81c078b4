import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openVault } from '@aethex/shared/auth'
import { type Database, openDatabase } from '@aethex/shared/db'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import {
  type CourierParts,
  delayAfter,
  deliverDue,
  type Letter,
  type Mailer,
  openMailer,
  openMailOutbox,
  Refused,
  type Writer,
} from '@aethex/shared/mail'
import {
  call,
  freshEnvironment,
  mailboxAt,
  startTestMail,
  startTestRedis,
  type TestEnvironment,
  type TestMail,
  type TestRedis,
} from '@aethex/shared/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { secretsOf, startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { type OwnOutbox, openOwnOutbox } from '../../testing/own-outbox.js'

// Every test has an outbox of its own, so that the couriers of the stack leave its letters alone.
const stack = inject('stack')
const log = createLog('test', 'silent')
const masterKey = secretsOf(stack).master_key
const vault = openVault(Buffer.from(masterKey, 'base64'))
const mail = openMailOutbox(vault)
let environment: TestEnvironment
let catcher: TestMail
let mailer: Mailer
let outbox: OwnOutbox
let db: Database

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  catcher = await startTestMail()
  mailer = openMailer(catcher.smtpUrl, 'Tests <tests@courier.example>')
})
afterAll(async () => {
  await mailer.close()
  await catcher.close()
})
beforeEach(async () => {
  outbox = await openOwnOutbox(stack)
  db = openDatabase(outbox.databaseUrl, log, 8)
})
afterEach(async () => {
  await db.close()
  await outbox.close()
})

const freshAddress = () => `${crypto.randomUUID()}@reader.example`
const letterTo = (to: string, subject = 'A letter', text = 'It says this.'): Letter => ({
  environmentId: null,
  to,
  template: 'member_notice',
  values: { subject, text },
})
const plainly: Writer = async ({ values: { subject = '', text = '' } }) => ({
  locale: 'en',
  subject,
  text,
  html: `<p>${text}</p>`,
})
const deliver = (more: Partial<CourierParts> = {}) =>
  deliverDue({ db, vault, mailer, write: plainly, log, ...more })
const queue = async (...letters: Letter[]) => {
  for (const letter of letters) expect(await mail.queue(db, letter)).toBe(true)
}
const row = async () => {
  const [found] = await outbox.rows(
    'SELECT attempts, sent_at, failed_at, sealed, due_at > now() AS waits FROM mail_outbox',
  )
  return found
}
const dueNow = () => outbox.rows('UPDATE mail_outbox SET due_at = now()')
const mailsTo = (address: string) => mailboxAt(catcher.url, address).mails()
const messageIdOf = async (address: string, id: string) =>
  /^Message-ID: <(.+)>\r$/im.exec(await mailboxAt(catcher.url, address).raw(id))?.[1]

const broken = (error: Error): Pick<Mailer, 'send'> => ({ send: () => Promise.reject(error) })

describe('a letter on its way', () => {
  test('is sent once, under a Message-Id made of its row, and its content is erased', async () => {
    const to = freshAddress()
    await queue(letterTo(to))
    expect(await deliver()).toBe(1)
    const [arrived] = await mailsTo(to)
    expect(arrived).toMatchObject({ subject: 'A letter', from: 'Tests <tests@courier.example>' })
    const [{ id } = { id: '' }] = await outbox.rows('SELECT id FROM mail_outbox')
    expect(await messageIdOf(to, arrived?.id ?? '')).toBe(`${id}@courier.example`)
    expect(await row()).toMatchObject({ attempts: 1, sealed: null, failed_at: null })
    expect((await row())?.sent_at).toBeInstanceOf(Date)
    expect(await deliver()).toBe(0)
    expect(await mailsTo(to)).toHaveLength(1)
  })

  test('cannot be read in the database', async () => {
    await queue(letterTo(freshAddress(), 'The subject', 'The secret of it'))
    const [stored] = await outbox.rows(
      "SELECT o::text || encode(sealed, 'escape') AS text FROM mail_outbox o",
    )
    expect(String(stored?.text)).not.toMatch(/The subject|The secret/)
  })

  test('of a change that is rolled back is never sent', async () => {
    const to = freshAddress()
    const change = db.transaction(async tx => {
      await mail.queue(tx, letterTo(to))
      throw new Error('the change fails')
    })
    await expect(change).rejects.toThrow('the change fails')
    expect(await deliver()).toBe(0)
  })

  test('that nobody is to get counts as done', async () => {
    const to = freshAddress()
    await queue(letterTo(to))
    await deliver({ write: async () => undefined })
    expect(await row()).toMatchObject({ sealed: null, failed_at: null, sent_at: expect.any(Date) })
    expect(await mailsTo(to)).toEqual([])
  })

  test('that says that all was erased leaves not even its row', async () => {
    await queue(letterTo(freshAddress()))
    await deliver({
      write: async letter => {
        const written = await plainly(letter)
        return written && { ...written, forget: true }
      },
    })
    expect(await outbox.rows('SELECT 1 FROM mail_outbox')).toEqual([])
  })

  test.each([
    'a@e.test\r\nBcc: x@e.test',
    'a@e.test\nx',
    'a@e.test,b@e.test',
    'A <a@e.test>',
    'a@e.test\u2028b',
    'a b@e.test',
  ])('A18: to %j is not even queued', async to =>
    expect(mail.queue(db, letterTo(to))).rejects.toThrow('no address'),
  )

  test('A18: a subject or a name with a line break starts no header', async () => {
    const to = freshAddress()
    await queue(letterTo(to, 'Hi\r\nBcc: evil@e.test\r\n\r\nbody'))
    const write: Writer = async letter => ({
      ...(await plainly(letter)),
      locale: 'en',
      subject: letter.values.subject ?? '',
      text: 'x',
      html: '<p>x</p>',
      fromName: 'A\r\nX-Evil: 1',
    })
    await deliver({ write })
    const [arrived] = await mailsTo(to)
    const raw = await mailboxAt(catcher.url, to).raw(arrived?.id ?? '')
    expect(raw).not.toMatch(/^(Bcc|X-Evil):/im)
    expect(arrived?.to).toEqual([to])
  })
})

describe('A19: how much an address gets', () => {
  test('A19: three letters of a template within an hour, in any spelling, also when asked at once', async () => {
    const to = freshAddress()
    const spellings = [to, to.toUpperCase(), to.replace('@', '+tag@'), ` ${to} `]
    const queued = await inParallel(40, index =>
      mail.queue(db, letterTo(spellings[index % spellings.length] ?? to)),
    )
    expect(queued.filter(Boolean)).toHaveLength(3)
    const other = { ...letterTo(to), template: 'invitation' }
    expect(await mail.queue(db, other)).toBe(true)
    await outbox.rows("UPDATE mail_outbox SET created_at = created_at - interval '61 minutes'")
    expect(await mail.queue(db, letterTo(to))).toBe(true)
  })
})

describe('when the mail server is away', () => {
  test('letters wait, and arrive once it is back', async () => {
    const to = freshAddress()
    await catcher.kill()
    await queue(letterTo(to))
    await deliver()
    expect(await row()).toMatchObject({ attempts: 1, sent_at: null, failed_at: null, waits: true })
    expect(await deliver()).toBe(0)
    await catcher.start()
    await dueNow()
    await deliver()
    expect(await mailsTo(to)).toHaveLength(1)
    expect(await row()).toMatchObject({ attempts: 2, sealed: null })
  })

  test('the waits grow to a quarter of an hour, and are never the same for all', () => {
    const rounds = Array.from({ length: 200 }, () => [1, 2, 5, 20].map(delayAfter))
    const least = [2.5, 5, 40, 450]
    const most = [5, 10, 80, 900]
    for (const [index] of least.entries()) {
      const delays = rounds.map(round => round[index] ?? 0)
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(least[index] ?? 0)
      expect(Math.max(...delays)).toBeLessThanOrEqual(most[index] ?? 0)
      expect(new Set(delays).size).toBeGreaterThan(50)
    }
  })

  test('after sixty attempts a letter is given up', async () => {
    await queue(letterTo(freshAddress()))
    await outbox.rows('UPDATE mail_outbox SET attempts = 59')
    await deliver({ mailer: broken(new Error('away')) })
    expect(await row()).toMatchObject({ attempts: 60, sent_at: null, failed_at: expect.any(Date) })
    await dueNow()
    expect(await deliver()).toBe(0)
  })

  test('a letter that the server refuses for good is given up at once', async () => {
    await queue(letterTo(freshAddress()))
    await deliver({ mailer: broken(new Refused('no such mailbox')) })
    expect(await row()).toMatchObject({ attempts: 1, failed_at: expect.any(Date) })
  })

  test('one letter that cannot be sent keeps no other from its way', async () => {
    const [stuck, others] = [freshAddress(), [freshAddress(), freshAddress(), freshAddress()]]
    await queue(letterTo(stuck), ...others.map(to => letterTo(to)))
    const send: Mailer['send'] = letter =>
      letter.to === stuck ? Promise.reject(new Error('stuck')) : mailer.send(letter)
    await deliver({ mailer: { send } })
    for (const to of others) expect(await mailsTo(to)).toHaveLength(1)
    expect(await mailsTo(stuck)).toEqual([])
  })

  test('what is logged of a failure names no address and no code', async () => {
    const lines: string[] = []
    const loud = createLog('test', 'debug', { write: line => void lines.push(line) })
    const to = freshAddress()
    await queue(letterTo(to, 'Subject', 'the-secret-code'))
    const error = Object.assign(new Error(`550 <${to}> unknown`), { code: 'EENVELOPE' })
    await deliver({ log: loud, mailer: broken(error) })
    expect(lines.join('')).toContain('a letter waits')
    expect(lines.join('')).not.toMatch(new RegExp(`${to}|the-secret-code`))
  })
})

describe('couriers that die, and several of them', () => {
  test('a courier killed between sending and noting it leaves the letter to the next, under the same Message-Id', async () => {
    const to = freshAddress()
    await queue(letterTo(to))
    const program = fileURLToPath(new URL('../../testing/doomed-courier.ts', import.meta.url))
    const doomed = fork(program, { execArgv: ['--import', 'tsx'] })
    doomed.send({
      databaseUrl: outbox.databaseUrl,
      smtpUrl: catcher.smtpUrl,
      masterKey,
      leaseSeconds: 60,
    })
    const [, signal] = await once(doomed, 'exit')
    expect(signal).toBe('SIGKILL')
    expect(await mailsTo(to)).toHaveLength(1)
    expect(await row()).toMatchObject({ sent_at: null, attempts: 1 })

    expect(await deliver(), 'the lease of the dead one still holds').toBe(0)
    await dueNow()
    expect(await deliver()).toBe(1)
    const copies = await mailsTo(to)
    const ids = await Promise.all(copies.map(copy => messageIdOf(to, copy.id)))
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
    expect(await row()).toMatchObject({ attempts: 2, sealed: null })
  })

  test('four couriers at once send forty letters once each', async () => {
    const readers = Array.from({ length: 40 }, freshAddress)
    await queue(...readers.map(to => letterTo(to)))
    const tried = await inParallel(4, () => deliver())
    expect(tried.reduce((sum, count) => sum + count)).toBe(40)
    const counts = await Promise.all(readers.map(async to => (await mailsTo(to)).length))
    expect(counts).toEqual(readers.map(() => 1))
  })

  test('a letter that cannot be opened is given up and stops nobody', async () => {
    const to = freshAddress()
    await queue(letterTo(freshAddress()))
    await outbox.rows("UPDATE mail_outbox SET sealed = '\\x00'")
    await queue(letterTo(to))
    await deliver()
    expect(await mailsTo(to)).toHaveLength(1)
    const failed = await outbox.rows('SELECT 1 FROM mail_outbox WHERE failed_at IS NOT NULL')
    expect(failed).toHaveLength(1)
  })
})

describe('an API process with a mail server', () => {
  let redis: TestRedis
  let api: Running

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterAll(() => redis.close())
  afterEach(() => api.close())

  const start = (env: Record<string, string> = {}) =>
    startAnotherApi(stack, {
      DATABASE_URL: outbox.databaseUrl,
      REDIS_URL: redis.url,
      MAIL_FROM: 'The House <house@courier.example>',
      SERVICES: 'players',
      ...env,
    })
  const forgot = (email: string) =>
    callerOf(api.url, { 'x-api-key': environment.publishableKey })(
      'POST',
      '/auth/password/forgot',
      {
        email,
      },
    )
  const health = async () => (await call('GET', `${api.url}/readyz`)).body

  test('tells of it on its health page, and is ready without it', async () => {
    const soon = { timeout: 15_000 }
    api = await start({ SMTP_URL: catcher.smtpUrl })
    await expect.poll(health, soon).toMatchObject({
      parts: { mail: { ok: true, required: false } },
    })
    await api.close()
    api = await start({ SMTP_URL: 'smtp://127.0.0.1:9' })
    await expect.poll(health, soon).toMatchObject({
      status: 'degraded',
      parts: { database: { ok: true }, mail: { ok: false, required: false } },
    })
  })

  test('without SMTP_URL letters wait, and a process that has it sends them', async () => {
    api = await start()
    const email = freshAddress()
    await callerOf(api.url, { 'x-api-key': environment.publishableKey })('POST', '/auth/register', {
      email,
      password: 'correct horse battery',
      username: `Waits ${email.slice(0, 8)}`,
    })
    expect((await forgot(email)).status).toBe(202)
    await wait(500)
    expect(await row()).toMatchObject({ attempts: 0, sent_at: null })
    await api.close()
    api = await start({ SMTP_URL: catcher.smtpUrl })
    const letter = await mailboxAt(catcher.url, email).next(/new password/)
    expect(letter.from).toMatch(/<house@courier\.example>$/)
  })

  test('A19: a hundred requests for one victim are all answered 202, and at most three letters arrive', async () => {
    api = await start({ SMTP_URL: catcher.smtpUrl })
    const email = freshAddress()
    await callerOf(api.url, { 'x-api-key': environment.publishableKey })('POST', '/auth/register', {
      email,
      password: 'correct horse battery',
      username: `Victim ${email.slice(0, 8)}`,
    })
    const answers = await inParallel(100, () => forgot(email))
    expect(tally(answers)).toEqual({ 202: 100 })
    const waiting = 'SELECT 1 FROM mail_outbox WHERE sent_at IS NULL'
    while ((await outbox.rows(waiting)).length > 0) await wait(50)
    expect(await outbox.rows('SELECT 1 FROM mail_outbox')).toHaveLength(3)
    // A letter whose code a later one has replaced by then stays away.
    const arrived = (await mailsTo(email)).length
    expect(arrived).toBeGreaterThanOrEqual(1)
    expect(arrived).toBeLessThanOrEqual(3)
  })
})
