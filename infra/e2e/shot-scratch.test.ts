import { createHash } from 'node:crypto'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createClient } from '@clickhouse/client'
import pg from 'pg'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { findChromium } from './chromium.js'

/** The main job of the house, in a real browser: two players meet, play, and leave traces in every store. */

const stack = inject('stack')
let browser: Browser
let database: pg.Client

beforeAll(async () => {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  browser = await chromium.launch({
    executablePath: await findChromium(),
    args: [
      ...asRoot,
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
    ],
  })
  database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
})

afterAll(async () => {
  await browser?.close()
  await database?.end()
})

interface Contestant {
  page: Page
  username: string
  /** What the page complained of. */
  complaints: string[]
}

const onScreen = (page: Page, screen: string) =>
  page.locator(`body[data-screen="${screen}"]`).waitFor({ state: 'attached', timeout: 30_000 })

async function signIn(): Promise<Contestant> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  await context.addInitScript(`{ const all = []; window.WebSocket = class extends WebSocket { constructor(...a) { super(...a); all.push(this) } }; window.cut = () => all.forEach(s => s.close()) }`)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    // A first visit asks for a save that is not there yet, and the browser reports the 404.
    const isMissingSave =
      message.text().includes('404') && message.location().url.includes('/saves/')
    if (message.type() === 'error' && !isMissingSave) complaints.push(message.text())
  })
  await page.goto(`${stack.game_url}?seconds=40`)
  await onScreen(page, 'sign-in')
  await page.click('#guest')
  await onScreen(page, 'lobby')
  await page.screenshot({ path: '/tmp/shot-lobby.png' })
  await page.click('#consent-yes')
  await page.waitForSelector('#consent', { state: 'hidden' })
  return { page, username: (await page.textContent('#player')) ?? '', complaints }
}

/** Where a page sees a player, as it tells a screen reader. */
const seenBy = async (viewer: Contestant, username: string) =>
  (await viewer.page.textContent('#players'))?.split('\n').find(line => line.startsWith(username))

async function expectSeenMoving(viewer: Contestant, mover: Contestant): Promise<void> {
  await expect.poll(() => seenBy(viewer, mover.username), { timeout: 10_000 }).toBeDefined()
  const before = await seenBy(viewer, mover.username)
  await mover.page.keyboard.down('KeyS')
  await expect.poll(() => seenBy(viewer, mover.username), { timeout: 5_000 }).not.toBe(before)
  await mover.page.keyboard.up('KeyS')
}

async function playerRow(username: string) {
  const { rows } = await database.query(
    'SELECT environment_id, id FROM player WHERE username = $1',
    [username],
  )
  return { environmentId: String(rows[0]?.environment_id), playerId: String(rows[0]?.id) }
}

/** The bytes of a save, asked for with the credentials that the SDK keeps in the page. */
async function savedBytes({ page }: Contestant, slot: string): Promise<string> {
  const { origins } = await page.context().storageState()
  const kept = origins.flatMap(({ localStorage }) => localStorage)
  const session = kept.find(({ name }) => name.endsWith('.session'))
  const { access_token: token } = JSON.parse(session?.value ?? '{}')
  const answer = await fetch(`${stack.api_url}/api/v1/saves/me/${slot}`, {
    headers: {
      'x-api-key': session?.name.split('.')[1] ?? '',
      authorization: `Bearer ${token}`,
      accept: 'application/octet-stream',
    },
  })
  expect(answer.status).toBe(200)
  return answer.text()
}

async function expectSaved(contestant: Contestant): Promise<void> {
  const { environmentId, playerId } = await playerRow(contestant.username)
  const { rows } = await database.query(
    `SELECT hash, packs FROM save_version WHERE environment_id = $1 AND player_id = $2 AND save_id = 'progress'
     ORDER BY version DESC`,
    [environmentId, playerId],
  )
  expect(rows.length).toBeGreaterThan(0)
  const { hash, packs } = rows[0]
  const text = await savedBytes(contestant, 'progress')
  expect(createHash('sha256').update(text).digest('hex')).toBe(hash.toString('hex'))
  expect(JSON.parse(text)).toMatchObject({ matches: 1 })
  const s3 = new S3Client({
    endpoint: stack.s3.endpoint,
    region: stack.s3.region,
    forcePathStyle: true,
    credentials: {
      accessKeyId: stack.s3.access_key_id,
      secretAccessKey: stack.s3.secret_access_key,
    },
  })
  const Key = `saves/${environmentId}/${playerId}/${packs[0]}`
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: stack.s3.bucket, Key }))
  const sealed = Buffer.from((await Body?.transformToByteArray()) ?? [])
  s3.destroy()
  expect(sealed.length).toBeGreaterThan(0)
  expect(sealed.includes('matches')).toBe(false)
}

async function expectRanked(contestants: Contestant[]): Promise<void> {
  const rows = await Promise.all(contestants.map(({ username }) => playerRow(username)))
  const ids = rows.map(row => row.playerId)
  // The page shows that the match is over before it has told the board.
  const ranked = async () => {
    const { rows: scores } = await database.query(
      "SELECT player_id FROM leaderboard_entry WHERE board_id = 'skirmish_kills' AND player_id = ANY($1)",
      [ids],
    )
    return scores.map(row => row.player_id).sort()
  }
  await expect.poll(ranked, { timeout: 20_000 }).toEqual([...ids].sort())
  for (const { page } of contestants) {
    await expect.poll(() => page.textContent('#end-rank'), { timeout: 20_000 }).toMatch(/\d/)
  }
}

async function expectEventsOnce({ username }: Contestant): Promise<void> {
  const { environmentId, playerId } = await playerRow(username)
  const clickhouse = createClient({ url: stack.clickhouse_url })
  const counts = async () => {
    const answer = await clickhouse.query({
      query: `SELECT name, toUInt32(count()) AS times FROM events FINAL
        WHERE environment_id = {environment:UUID} AND player_id = {player:UUID} AND name LIKE 'match%'
        GROUP BY name ORDER BY name`,
      query_params: { environment: environmentId, player: playerId },
      format: 'JSONEachRow',
    })
    return answer.json()
  }
  await expect.poll(counts, { timeout: 20_000 }).toEqual([
    { name: 'match_ended', times: 1 },
    { name: 'match_started', times: 1 },
  ])
  await clickhouse.close()
}

test('shots', async () => {
  const ada = await signIn()
  const bob = await signIn()
  for (const { page } of [ada, bob]) await page.click('#quick-match')
  for (const { page } of [ada, bob]) await onScreen(page, 'match')

  await ada.page.waitForTimeout(1200)
  await ada.page.keyboard.press('2')
  await bob.page.waitForTimeout(600)
  await bob.page.screenshot({ path: '/tmp/shot-phrase.png' })
  await ada.page.context().setOffline(true)
  await ada.page.evaluate(() => (globalThis as any).cut?.())
  await bob.page.waitForTimeout(2500)
  await bob.page.screenshot({ path: '/tmp/shot-away.png' })
  await ada.page.screenshot({ path: '/tmp/shot-offline.png' })
  await ada.page.context().setOffline(false)
  await bob.page.waitForTimeout(2500)
  await bob.page.screenshot({ path: '/tmp/shot-back.png' })
}, 90_000)
