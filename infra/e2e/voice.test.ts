import { call, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { findChromium } from './chromium.js'
import { openTalker, type Spot, type Talker, type Trick, type VoiceWindow } from './voice-page.js'

/** Browsers with microphones that beep once a second talk over the real stack. */

declare const window: VoiceWindow

const stack = inject('stack')
let environment: TestEnvironment
let browser: Browser
const talkers: Talker[] = []

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  browser = await chromium.launch({
    executablePath: await findChromium(),
    args: [
      ...asRoot,
      '--disable-gpu',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      // Names of mDNS are not resolved here; and a page that a test answers for may ask the stack on loopback.
      '--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks',
    ],
  })
})
afterAll(async () => {
  await browser?.close()
})
afterEach(async () => {
  for (const { page } of talkers.splice(0)) await page.context().close()
})

async function enter(roomId: string, trick: Trick = 'none', agrees = true): Promise<Talker> {
  const talker = await openTalker(browser, environment, stack.game_url, trick)
  talkers.push(talker)
  await talker.page.evaluate(
    async ({ roomId, agrees }) => {
      const { privacy, multiplayer } = window.cloud
      if (agrees) await privacy.setConsents({ voice: true })
      const joined = await multiplayer.joinRoom(roomId)
      if (!joined.success) throw new Error(joined.error.message)
    },
    { roomId, agrees },
  )
  return talker
}

const enable = ({ page }: Talker) =>
  page.evaluate(async () => {
    const result = await window.cloud.multiplayer.voice.enable()
    return result.success ? 'on' : result.error.code
  })

const membersOf = ({ page }: Talker) =>
  page.evaluate(() =>
    window.cloud.multiplayer.voice
      .getMembers()
      .map(one => one.player_id)
      .sort(),
  )

/** Talkers in one room who have agreed on keys with each other. */
async function together(...tricks: Trick[]): Promise<Talker[]> {
  const roomId = `voice-${crypto.randomUUID()}`
  const here: Talker[] = []
  for (const trick of tricks) here.push(await enter(roomId, trick))
  for (const talker of here) expect(await enable(talker)).toBe('on')
  for (const talker of here) {
    const others = here.filter(other => other !== talker).map(({ id }) => id)
    await expect.poll(() => membersOf(talker), { timeout: 15_000 }).toEqual(others.sort())
  }
  return here
}

const listen = ({ page }: Talker, ms = 2_500) => page.evaluate(time => window.listen(time), ms)

/** Waits until speech is heard: loud enough, and made of what the microphone's sound is made of. */
async function expectHeard({ page }: Talker): Promise<void> {
  const listenForSpeech = () =>
    page.evaluate(async () => {
      const isSpeech = ({ loudest = 0, likeness = 0 }) => loudest > 0.05 && likeness > 0.95
      return isSpeech(await window.listen(2_500, isSpeech))
    })
  await expect.poll(listenForSpeech, { timeout: 20_000 }).toBe(true)
}

const framesOf = async ({ page }: Talker, spot: Spot) =>
  page.evaluate(
    wanted => window.frames.filter(frame => frame.spot === wanted).map(({ bytes }) => bytes),
    spot,
  )

const safetyNumber = ({ page }: Talker, { id }: Talker) =>
  page.evaluate(other => window.cloud.multiplayer.voice.getSafetyNumber(other), id)

/** The frames that were seen there, once there are more than `count` of them. */
async function framesAbove(count: number, talker: Talker, spot: Spot): Promise<string[]> {
  const seen = async () => (await framesOf(talker, spot)).length
  await expect.poll(seen, { timeout: 30_000 }).toBeGreaterThan(count)
  return framesOf(talker, spot)
}

test('two pages with fake microphones hear each other, and see who speaks and the same safety number', async () => {
  const [ada, bob] = await pair()
  await expectHeard(ada)
  await expectHeard(bob)
  const numbers = [await safetyNumber(ada, bob), await safetyNumber(bob, ada)]
  expect(numbers[0]).toMatch(/^\d{5}( \d{5}){7}$/)
  expect(numbers[1]).toBe(numbers[0])
  const events = await ada.page.evaluate(() => window.events)
  expect(events).toEqual(expect.arrayContaining([`speaks ${bob.id}`, `speaks ${ada.id}`]))
  expect([...ada.complaints, ...bob.complaints]).toEqual([])
}, 60_000)

test('a browser without script transforms, and one with them, hear each other', async () => {
  const [ada, bob] = await together('older browser', 'none')
  if (!ada || !bob) throw new Error('nobody is here')
  await expectHeard(ada)
  await expectHeard(bob)
}, 60_000)

test('voice goes on with the same keys when the connection under it has ended for good', async () => {
  const [ada, bob] = await pair()
  await expectHeard(ada)
  const number = await safetyNumber(ada, bob)
  await ada.page.evaluate(() => window.connections.at(-1)?.close())
  for (const { page } of [ada, bob]) {
    await expect
      .poll(() => page.evaluate(() => window.connections.length), { timeout: 30_000 })
      .toBe(2)
  }
  await expectHeard(ada)
  await expectHeard(bob)
  expect(await safetyNumber(bob, ada)).toBe(number)
  for (const { page, complaints } of [ada, bob]) {
    const events = await page.evaluate(() => window.events)
    expect(events.filter(word => /^(left|error)/.test(word))).toEqual([])
    expect(complaints).toEqual([])
  }
}, 90_000)

test('muting silences: oneself for all, another for this player alone, and kept after a reload', async () => {
  const [ada, bob, cyd] = await together('none', 'none', 'none')
  if (!ada || !bob || !cyd) throw new Error('nobody is here')
  // Each hears two; one is muted so that the other is heard alone.
  const mute = (who: Talker, whom: Talker, isMuted: boolean) =>
    who.page.evaluate(({ id, isMuted }) => window.cloud.multiplayer.voice.mutePlayer(id, isMuted), {
      id: whom.id,
      isMuted,
    })
  await mute(ada, cyd, true)
  await expectHeard(ada)
  await mute(ada, bob, true)
  await expect
    .poll(async () => (await listen(ada)).loudest, { timeout: 20_000 })
    .toBeLessThan(0.002)
  await expectHeard(cyd)
  // The muted one has stopped sending: nothing comes in at all.
  const before = (await framesOf(ada, 'in before')).length
  await listen(ada, 1_000)
  expect((await framesOf(ada, 'in before')).length - before).toBeLessThan(5)
  await mute(ada, bob, false)
  await expectHeard(ada)
  await bob.page.evaluate(() => window.cloud.multiplayer.voice.muteSelf(true))
  await expect
    .poll(async () => (await listen(ada)).loudest, { timeout: 20_000 })
    .toBeLessThan(0.002)
  await bob.page.evaluate(() => window.cloud.multiplayer.voice.muteSelf(false))
  await expectHeard(ada)
  await ada.page.reload()
  const kept = await ada.page.evaluate(
    ({ apiKey, url, id }) => window.createCloud({ apiKey, url }).multiplayer.voice.isMuted(id),
    { apiKey: environment.publishableKey, url: environment.apiUrl, id: cyd.id },
  )
  expect(kept).toBe(true)
}, 120_000)

test('with push-to-talk nothing leaves the page but while the key is down', async () => {
  const [ada, bob] = await pair()
  await expectHeard(bob)
  await ada.page.evaluate(() => window.cloud.multiplayer.voice.setPushToTalk(true))
  await expect
    .poll(async () => (await listen(bob)).loudest, { timeout: 20_000 })
    .toBeLessThan(0.002)
  const before = (await framesOf(bob, 'in before')).length
  await listen(bob, 1_000)
  expect((await framesOf(bob, 'in before')).length).toBe(before)
  await ada.page.evaluate(() => window.cloud.multiplayer.voice.talk(true))
  await expectHeard(bob)
}, 60_000)

test('what travels is sealed, and the relay sees neither a key nor a frame of speech', async () => {
  const [ada, bob] = await pair()
  await expectHeard(bob)
  await framesAbove(150, bob, 'in after')
  const plain = await framesOf(ada, 'out before')
  const sent = new Set(await framesOf(ada, 'out after'))
  const received = await framesOf(bob, 'in before')
  const opened = new Set(await framesOf(bob, 'in after'))
  const arrived = received.filter(frame => sent.has(frame))
  expect(arrived.length).toBeGreaterThan(50)
  const bytes = (frame: string) => Buffer.from(frame, 'base64')
  // Silence is a handful of bytes that may occur anywhere by chance.
  const speech = plain.map(bytes).filter(frame => frame.length >= 24)
  expect(speech.length).toBeGreaterThan(20)
  expect(speech.filter(frame => opened.has(frame.toString('base64'))).length).toBeGreaterThan(10)
  const sealed = Buffer.concat([...sent, ...received].map(bytes))
  expect(speech.filter(frame => sealed.includes(frame.subarray(0, 16)))).toEqual([])

  const wire = [...ada.wire, ...bob.wire].join('\n')
  for (const kind of ['voice_key', 'voice_frame_key']) expect(wire).toContain(`"${kind}"`)
  const secrets = (
    await Promise.all([ada, bob].map(({ page }) => page.evaluate(() => window.secrets)))
  ).flat()
  // Of each page a shared secret, and the secrets of its own frames.
  expect(secrets.length).toBeGreaterThanOrEqual(4)
  for (const secret of [...secrets, ...speech.map(frame => frame.toString('base64'))]) {
    expect(wire).not.toContain(secret.replace(/=+$/, ''))
    expect(wire).not.toContain(bytes(secret).toString('hex'))
    expect(wire).not.toContain(bytes(secret).toString('base64url'))
  }
}, 60_000)

test('a browser that would send in clear never gets to send the microphone', async () => {
  const [ada, bob] = await together('deaf browser', 'none')
  if (!ada || !bob) throw new Error('nobody is here')
  await expectHeard(ada)
  const sent = await framesAbove(100, bob, 'in before')
  // Silence is the same frame again and again, once the encoder has settled; sound never is.
  expect(new Set(sent.slice(25)).size).toBeLessThan(5)
  const spoken = await framesAbove(100, ada, 'in after')
  expect(new Set(spoken.slice(25)).size).toBeGreaterThan(spoken.length / 4)
  expect((await listen(bob)).loudest).toBe(0)
}, 60_000)

test('a page with wrong keys hears nothing, and one that plays frames unopened hears no speech', async () => {
  const [ada, bob, cyd] = await together('none', 'wrong keys', 'unopened')
  if (!ada || !bob || !cyd) throw new Error('nobody is here')
  await expectHeard(ada)
  await expect
    .poll(() => bob.page.evaluate(() => window.events))
    .toContain('error encryption_failed')
  await framesAbove(50, bob, 'in before')
  expect(await framesOf(bob, 'in after')).toEqual([])
  expect((await listen(bob)).loudest).toBe(0)
  await expect.poll(async () => (await listen(cyd)).loudest, { timeout: 20_000 }).toBeGreaterThan(0)
  for (let round = 0; round < 3; round++) {
    const { loudest, likeness } = await listen(cyd)
    // Noise, for there is no way to make sense of it.
    expect(loudest).toBeGreaterThan(0)
    expect(likeness).toBeLessThan(0.85)
  }
}, 90_000)

test('H19: a player who has not agreed has no voice, and is not even asked for a microphone', async () => {
  const roomId = `voice-${crypto.randomUUID()}`
  const ada = await enter(roomId)
  expect(await enable(ada)).toBe('on')
  const bob = await enter(roomId, 'none', false)
  expect(await enable(bob)).toBe('voice_not_permitted')
  expect(await bob.page.evaluate(() => window.microphonesAsked)).toBe(0)
  // Nor does a client that does not ask first get anything past the relay.
  const refusal = await bob.page.evaluate(
    to => window.cloud.multiplayer.peers.enable().then(() => to),
    ada.id,
  )
  expect(refusal).toBe(ada.id)
  expect(await membersOf(ada)).toEqual([])
  // With consent it works on the connection that is open; taken back, it ends at once.
  await bob.page.evaluate(() => window.cloud.privacy.setConsents({ voice: true }))
  expect(await enable(bob)).toBe('on')
  await expect.poll(() => membersOf(ada), { timeout: 15_000 }).toEqual([bob.id])
  await bob.page.evaluate(() => window.cloud.privacy.setConsents({ voice: false }))
  await expect.poll(() => membersOf(ada), { timeout: 15_000 }).toEqual([])
  expect(await bob.page.evaluate(() => window.cloud.multiplayer.voice.isEnabled())).toBe(false)
  expect(await bob.page.evaluate(() => window.events)).toContain('error voice_not_permitted')
}, 60_000)

test('H19: a child has no voice until a parent allows it', async () => {
  const gated = await freshEnvironment(stack)
  const setting = `${gated.apiUrl}/api/v1/studio/environments/${gated.environmentId}/settings/age.gate`
  const headers = { authorization: `Bearer ${gated.memberToken}` }
  expect((await call('PUT', setting, { headers, json: { enabled: true } })).status).toBe(200)
  const child = await openTalker(browser, gated, stack.game_url)
  talkers.push(child)
  const codes = await child.page.evaluate(
    async birth_date => {
      const { age, privacy, multiplayer } = window.cloud
      const answered = await age.answer({ birth_date, country: 'US' })
      const agreed = await privacy.setConsents({ voice: true })
      await multiplayer.joinRoom('nursery')
      const result = await multiplayer.voice.enable()
      return [answered, agreed, result].map(one => (one.success ? 'success' : one.error.code))
    },
    `${new Date().getUTCFullYear() - 9}-01-01`,
  )
  expect(codes).toEqual(['success', 'parental_consent_required', 'voice_not_permitted'])
  expect(await child.page.evaluate(() => window.microphonesAsked)).toBe(0)
}, 60_000)

async function pair(): Promise<[Talker, Talker]> {
  const [ada, bob] = await together('none', 'none')
  if (ada === undefined || bob === undefined) throw new Error('nobody is here')
  return [ada, bob]
}
