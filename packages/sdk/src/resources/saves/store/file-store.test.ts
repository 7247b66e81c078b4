import fs, { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFileStore } from './file-store.js'
import { type FileSystem, findFileSystem } from './file-system.js'

let folder: string
const onDamage = vi.fn()

beforeEach(async () => {
  onDamage.mockClear()
  folder = await mkdtemp(path.join(tmpdir(), 'aethex-saves-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = (files?: FileSystem) =>
  createFileStore({ folder, onDamage, ...(files === undefined ? {} : { fs: files }) })
const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (found: Uint8Array | undefined) =>
  found === undefined ? undefined : new TextDecoder().decode(found)
const fileOf = (name: string) => path.join(folder, '_ada', '_slot1', name)

test('finds the files of the platform by itself', () => {
  expect(findFileSystem()).toBe(fs)
})

test('keeps what was written for the next process, under any key', async () => {
  const keys = ['ada/slot1/record', 'ada/con/record', 'ada/../record', 'bob/x y:*?/é']
  for (const key of keys) await open().write(key, bytes(key))
  const later = open()
  for (const key of keys) expect(textOf(await later.read(key))).toBe(key)
  expect((await later.keys('')).sort()).toEqual([...keys].sort())
  expect((await later.keys('ada/')).sort()).toEqual(keys.slice(0, 3).sort())
  expect(await later.keys('eve/')).toEqual([])
  await later.remove('ada/con/record')
  await later.remove('ada/con/record')
  expect(await later.read('ada/con/record')).toBeUndefined()
})

test('reads the generation before when the newest is torn, and says so', async () => {
  const store = open()
  for (const text of ['one', 'two', 'three']) await store.write('ada/slot1/record', bytes(text))
  await truncate(fileOf('_record.a'), 90)
  expect(textOf(await store.read('ada/slot1/record'))).toBe('two')
  expect(onDamage).toHaveBeenCalledOnce()
  expect(await readdir(path.dirname(fileOf('x')))).toContain('_record.a.damaged')
  await store.write('ada/slot1/record', bytes('four'))
  expect(textOf(await open().read('ada/slot1/record'))).toBe('four')
})

test('notices a single changed bit', async () => {
  const store = open()
  await store.write('ada/slot1/record', bytes('one'))
  await store.write('ada/slot1/record', bytes('two'))
  const file = await readFile(fileOf('_record.b'))
  const last = file.length - 1
  file[last] = (file[last] ?? 0) ^ 1
  await writeFile(fileOf('_record.b'), file)
  expect(textOf(await store.read('ada/slot1/record'))).toBe('one')
})

test('never answers nothing where something was, however damaged', async () => {
  const store = open()
  await store.write('ada/slot1/record', bytes('one'))
  await truncate(fileOf('_record.a'), 0)
  await expect(store.read('ada/slot1/record')).rejects.toMatchObject({ code: 'storage_failed' })
})

/** The platform's files, of which every call from the n-th on fails. */
function failingFrom(step: number): { files: FileSystem; steps(): number } {
  let taken = 0
  const counted =
    <Args extends unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      if (++taken >= step) throw new Error('the process is gone')
      return call(...args)
    }
  const files: FileSystem = {
    mkdir: counted(fs.mkdir),
    readdir: counted((at, options) => fs.readdir(at, options)),
    readFile: counted(at => fs.readFile(at)),
    rename: counted(fs.rename),
    rm: counted(fs.rm),
    stat: counted(at => fs.stat(at)),
    utimes: counted(fs.utimes),
    open: counted(async (at, flags) => {
      const handle = await fs.open(at, flags)
      return {
        // Half of it, and then the end.
        writeFile: async data => {
          if (++taken < step) return handle.writeFile(data)
          await handle.writeFile(data.subarray(0, data.length / 2))
          throw new Error('the process is gone')
        },
        sync: counted(() => handle.sync()),
        close: () => handle.close(),
      }
    }),
  }
  return { files, steps: () => taken }
}

test('has the old or the new after the end of the process between any two steps of a write', async () => {
  const key = 'ada/slot1/record'
  for (let step = 1, isThrough = false; !isThrough; step++) {
    await rm(path.join(folder, '_ada'), { recursive: true, force: true })
    await open().write(key, bytes('old'))
    await open().write(key, bytes('now'))
    const { files } = failingFrom(step)
    isThrough = await open(files)
      .write(key, bytes('new'))
      .then(
        () => true,
        () => false,
      )
    const found = textOf(await open().read(key))
    expect(isThrough ? ['new'] : ['now', 'new']).toContain(found)
    await open().write(key, bytes('next'))
    expect(textOf(await open().read(key))).toBe('next')
  }
  expect(onDamage).not.toHaveBeenCalled()
})

test('never brings an older generation back when a removal is cut short', async () => {
  const key = 'ada/slot1/record'
  for (let step = 1, isThrough = false; !isThrough; step++) {
    await open().write(key, bytes('old'))
    await open().write(key, bytes('now'))
    isThrough = await open(failingFrom(step).files)
      .remove(key)
      .then(
        () => true,
        () => false,
      )
    expect([undefined, 'now']).toContain(textOf(await open().read(key)))
  }
})

test('lets one at a time work under a name, among all who share the folder', async () => {
  let inside = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, ++inside)
    await new Promise(resolve => setTimeout(resolve, 2))
    inside -= 1
  }
  const stores = [open(), open(), open()]
  await Promise.all(stores.flatMap(store => [1, 2, 3].map(() => store.lock('sync', work))))
  expect({ most, inside }).toEqual({ most: 1, inside: 0 })
  expect(await readdir(folder)).toEqual([])
})

test('takes over the lock of a process that is no more, and waits for one that lives', async () => {
  const lockFile = path.join(folder, 'sync.lock')
  // No process has this number: it is above what a system gives out.
  await writeFile(lockFile, `${2 ** 30} token`)
  expect(await open().lock('sync', async () => 'in')).toBe('in')
  await writeFile(lockFile, `${process.ppid} token`)
  const waiting = open().lock('sync', async () => 'in')
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(await readFile(lockFile, 'utf8')).toBe(`${process.ppid} token`)
  await utimes(lockFile, new Date(0), new Date(0))
  expect(await waiting).toBe('in')
})
