import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createLog } from '@aethex/shared/log'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newSpoolDir } from '../../test-analytics.js'
import { decodeLines, encodeLine } from './lines.js'
import { openSpool, type Spool } from './spool.js'

const log = createLog('analytics', 'silent')
const lines = (...texts: string[]) => Buffer.from(texts.map(encodeLine).join(''))
let dir: string
let open: Spool[]

beforeEach(async () => {
  dir = await newSpoolDir()
  open = []
})

afterEach(async () => {
  for (const spool of open) await spool.close()
  await rm(dir, { recursive: true, force: true })
})

async function start(maxBytes = 1_000_000) {
  const spool = await openSpool({ dir, maxBytes, log })
  open.push(spool)
  return spool
}

async function rowsOf(spool: Spool): Promise<string[]> {
  const rows: string[] = []
  spool.drain()
  for (let next = await spool.next(); next; next = await spool.next()) {
    const decoded = decodeLines(await readFile(next.path))
    rows.push(...decoded.rows.map(row => row.toString().trimEnd()))
    await spool.remove(next)
  }
  return rows
}

describe('a line', () => {
  test('comes back as it was written', () => {
    const texts = ['{"a":"ü\\n"}', '{}', '{"b":1}']
    const { rows, damaged, tornBytes } = decodeLines(lines(...texts))
    expect(rows.map(String)).toEqual(texts.map(text => `${text}\n`))
    expect({ damaged, tornBytes }).toEqual({ damaged: [], tornBytes: 0 })
  })

  test('that was cut anywhere is passed over, and the ones before it stay', () => {
    const whole = lines('{"a":1}', '{"b":2}')
    const first = lines('{"a":1}').length
    for (let cut = first + 1; cut < whole.length; cut++) {
      const { rows, damaged, tornBytes } = decodeLines(whole.subarray(0, cut))
      expect(rows.map(String)).toEqual(['{"a":1}\n'])
      expect({ damaged, tornBytes }).toEqual({ damaged: [], tornBytes: cut - first })
    }
  })

  test('with any one byte changed is told apart, and hides none of its neighbours', () => {
    const before = lines('{"a":1}')
    const middle = lines('{"b":2}')
    const after = lines('{"c":3}')
    for (let at = 0; at < middle.length; at++) {
      const changed = Buffer.from(middle)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      const { rows, damaged } = decodeLines(Buffer.concat([before, changed, after]))
      const texts = rows.map(String)
      expect(texts[0]).toBe('{"a":1}\n')
      // A changed line end makes one line of two; only then the neighbour goes along.
      if (at < middle.length - 1) expect(texts).toEqual(['{"a":1}\n', '{"c":3}\n'])
      expect(damaged).toHaveLength(1)
    }
  })
})

test('keeps what was appended for the next process, in order', async () => {
  const first = await start()
  await first.append(lines('1'), 1)
  await Promise.all([first.append(lines('2'), 1), first.append(lines('3', '4'), 2)])
  await first.close()
  expect(await rowsOf(await start())).toEqual(['1', '2', '3', '4'])
  expect(await readdir(dir)).toEqual([])
})

test('appends after a torn line without touching what is there', async () => {
  const first = await start()
  await first.append(lines('1'), 1)
  await first.close()
  const [name] = await readdir(dir)
  await appendFile(path.join(dir, String(name)), lines('lost').subarray(0, 7))
  const second = await start()
  await second.append(lines('2'), 1)
  expect(await rowsOf(second)).toEqual(['1', '2'])
})

test('refuses what does not fit, and takes it once there is room again', async () => {
  const spool = await start(1_000)
  const half = lines('x'.repeat(480))
  await spool.append(half, 1)
  await spool.append(half, 1)
  await expect(spool.append(half, 1)).rejects.toMatchObject({
    code: 'unavailable',
    headers: { 'retry-after': '10' },
  })
  const segment = await spool.next()
  if (segment === undefined) throw new Error('nothing to ship')
  await spool.remove(segment)
  expect(spool.state()).toEqual({ bytes: 0, oldestAt: undefined })
  await spool.append(half, 1)
})

test('counts what an earlier process left against its bound', async () => {
  await writeFile(path.join(dir, '000000000000007.events'), lines('x'.repeat(990)))
  const spool = await start(1_000)
  await expect(spool.append(lines('y'), 1)).rejects.toMatchObject({ code: 'unavailable' })
  await expect(spool.ping()).rejects.toMatchObject({ code: 'unavailable' })
})

test('acknowledges nothing while its directory cannot be written, and heals', async () => {
  const spool = await start()
  await rm(dir, { recursive: true })
  await expect(spool.append(lines('1'), 1)).rejects.toMatchObject({ code: 'unavailable' })
  await expect(spool.ping()).rejects.toThrow()
  await writeFile(dir, '')
  await expect(spool.append(lines('2'), 1)).rejects.toMatchObject({ code: 'unavailable' })
  await rm(dir)
  await mkdir(dir)
  await spool.append(lines('3'), 1)
  expect(await rowsOf(spool)).toEqual(['3'])
})

test('makes one segment of many small appends, and starts another after ten thousand events', async () => {
  const spool = await start(50_000_000)
  await Promise.all(
    Array.from({ length: 200 }, () => spool.append(lines(...Array(100).fill('{}')), 100)),
  )
  expect((await readdir(dir)).length).toBe(2)
  expect(await rowsOf(spool)).toHaveLength(20_000)
})

test('lets a second process wait until the first has ended', async () => {
  const first = await start()
  const second = start()
  await first.append(lines('1'), 1)
  await first.close()
  expect(await rowsOf(await second)).toEqual(['1'])
})
