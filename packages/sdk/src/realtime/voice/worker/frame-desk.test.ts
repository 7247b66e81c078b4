import { expect, test } from 'vitest'
import { deriveFrameKey } from '../frames/frame-key.js'
import { FrameDesk } from './frame-desk.js'
import type { EncodedFrame, Pipe, WorkerReport } from './messages.js'

const text = (words: string) => new TextEncoder().encode(words).buffer
const words = (data: ArrayBuffer) => new TextDecoder().decode(data)

function openDesk(playerId: string) {
  const reports: WorkerReport[] = []
  let now = 0
  const desk = new FrameDesk(
    report => reports.push(report),
    () => now,
  )
  desk.obey({ type: 'begin', player_id: playerId })
  /** Sends frames through a pipe and answers what came out. */
  async function pass(pipe: Pipe, frames: ArrayBuffer[]): Promise<ArrayBuffer[]> {
    const out: ArrayBuffer[] = []
    let finish = () => {}
    const done = new Promise<void>(resolve => {
      finish = resolve
    })
    const readable = new ReadableStream<EncodedFrame>({
      start(controller) {
        for (const data of frames) controller.enqueue({ data })
        controller.close()
      },
    })
    const writable = new WritableStream<EncodedFrame>({
      write: frame => void out.push(frame.data),
      close: () => finish(),
    })
    desk.obey({ type: 'pipe', pipe, readable, writable })
    await done
    return out
  }
  const wait = (ms: number) => {
    now += ms
  }
  return { desk, reports, pass, wait }
}

const out: Pipe = { direction: 'out', pipe_id: 3 }
const fromAda: Pipe = { direction: 'in', player_id: 'ada' }

async function adaAndBob() {
  const key = await deriveFrameKey(crypto.getRandomValues(new Uint8Array(32)), 1)
  const [ada, bob] = [openDesk('ada'), openDesk('bob')]
  ada.desk.obey({ type: 'own_key', key_id: 1, key })
  bob.desk.obey({ type: 'member_key', player_id: 'ada', key_id: 1, key })
  return { ada, bob, key }
}

test('what one member says the other hears, and nothing on the way is clear', async () => {
  const { ada, bob } = await adaAndBob()
  const sealed = await ada.pass(out, [text('one'), text('two')])
  expect(sealed.map(words).join()).not.toMatch(/one|two/)
  expect((await bob.pass(fromAda, sealed)).map(words)).toEqual(['one', 'two'])
  expect(bob.reports).toEqual([])
})

test('frames to several listeners never share a counter', async () => {
  const { ada } = await adaAndBob()
  const frames = Array.from({ length: 20 }, () => text('again'))
  const all = await Promise.all([1, 2, 3].map(() => ada.pass(out, frames)))
  const heads = all.flat().map(data => [...new Uint8Array(data).slice(0, 2)].join())
  expect(new Set(heads).size).toBe(60)
})

test('the first frame of each sender is told, sealed or not', async () => {
  const { ada } = await adaAndBob()
  await ada.pass(out, [text('one'), text('two')])
  ada.desk.obey({ type: 'begin', player_id: 'ada' })
  expect(await ada.pass({ direction: 'out', pipe_id: 4 }, [text('three')])).toEqual([])
  expect(ada.reports).toEqual([
    { type: 'passing', pipe_id: 3 },
    { type: 'passing', pipe_id: 4 },
  ])
})

test('without a key nothing leaves, and while silent neither', async () => {
  const { ada } = await adaAndBob()
  expect(await openDesk('cyd').pass(out, [text('secret')])).toEqual([])
  ada.desk.obey({ type: 'silence', silent: true })
  expect(await ada.pass(out, [text('secret')])).toEqual([])
  ada.desk.obey({ type: 'silence', silent: false })
  expect(await ada.pass(out, [text('spoken')])).toHaveLength(1)
  ada.desk.obey({ type: 'begin', player_id: '' })
  expect(await ada.pass(out, [text('secret')])).toEqual([])
})

test('what does not open is dropped and told once a second, not played', async () => {
  const { bob, ada } = await adaAndBob()
  const clear = Array.from({ length: 30 }, () => text('in clear'))
  expect(await bob.pass(fromAda, clear)).toEqual([])
  expect(bob.reports).toEqual([{ type: 'fault', player_id: 'ada', fault: 'unknown_key', count: 1 }])
  bob.wait(1_000)
  await bob.pass(fromAda, clear)
  expect(bob.reports).toMatchObject([{ count: 1 }, { count: 30 }])
  const sealed = await ada.pass(out, [text('one')])
  bob.desk.obey({ type: 'forget', player_id: 'ada' })
  expect(await bob.pass(fromAda, sealed)).toEqual([])
})
