import { Problem } from '@aethex/shared/errors'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FormatSandbox, Migrated } from '../../../gateway/format-sandbox.js'
import { openFormatSandbox } from './pool.js'

const program = new URL('../../../../dist/save-format-worker.js', import.meta.url)
const home = 'a'
let sandbox: FormatSandbox

beforeAll(() => {
  sandbox = openFormatSandbox(program, { threads: 1 })
})
afterAll(() => sandbox.close())

const run = (source: string, document: unknown = { level: 3 }) =>
  sandbox.migrate(home, [{ fromVersion: 1, source }], JSON.stringify(document))
/** What a function with this body answers. */
const body = (code: string, document?: unknown) =>
  run(`export default function migrate(save) {\n${code}\n}`, document)
const documentOf = (migrated: Migrated): unknown => {
  if (!migrated.ok) throw new Error(JSON.stringify(migrated.failure))
  return JSON.parse(migrated.text)
}
const failureOf = (migrated: Migrated) => {
  if (migrated.ok) throw new Error(`it answered ${migrated.text.slice(0, 200)}`)
  return migrated.failure
}

describe('a step', () => {
  test('takes the document and answers the new one', async () => {
    const migrated = await run('export default save => ({ ...save, level: save.level + 1 })')
    expect(migrated).toEqual({ ok: true, text: '{"level":4}', isChanged: true })
  })

  test('may change its document in place, which is its own', async () => {
    const migrated = await body('save.items = [{ id: "sword" }]; delete save.level; return save')
    expect(documentOf(migrated)).toEqual({ items: [{ id: 'sword' }] })
  })

  test('that changes nothing is told from one that does', async () => {
    const migrated = await run('export default save => save')
    expect(migrated).toEqual({ ok: true, text: '{"level":3}', isChanged: false })
  })

  test('leads on from the answer of the one before, without its traces', async () => {
    const steps = [
      'globalThis.seen = 1; Object.prototype.x = 1; export default s => { s.path = ["a"]; return s }',
      'export default s => { s.path.push(typeof seen, typeof {}.x); return s }',
    ].map((source, at) => ({ fromVersion: at, source }))
    const migrated = await sandbox.migrate(home, steps, '{}')
    expect(documentOf(migrated)).toEqual({ path: ['a', 'undefined', 'undefined'] })
  })

  test('keeps any document as our own reader would', async () => {
    const keep = [{ fromVersion: 1, source: 'export default save => save' }]
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }).filter(json => {
          const text = JSON.stringify(json)
          return !/\\u(0000|d[89a-f])|"(__proto__|constructor|prototype)":|\d{16}/.test(text)
        }),
        async json => {
          const migrated = await sandbox.migrate(home, keep, JSON.stringify(json))
          expect(migrated).toEqual({ ok: true, text: JSON.stringify(json), isChanged: false })
        },
      ),
      { numRuns: 150 },
    )
  })

  test('takes eight megabytes of the widest characters', async () => {
    const document = { texts: Array.from({ length: 27 }, () => '鳥'.repeat(100_000)), a: 1 }
    expect(Buffer.byteLength(JSON.stringify(document))).toBeGreaterThan(8_000_000)
    expect(documentOf(await body('save.a = 2; return save', document))).toEqual({
      ...document,
      a: 2,
    })
  })

  test('takes seven megabytes of small parts', async () => {
    const document = Array.from({ length: 48_000 }, (_, at) => ({
      id: at,
      hp: at * 1.5,
      name: `sword of the north number ${at}`,
      worn: at % 2 === 0,
      text: 'x'.repeat(60),
    }))
    const migrated = await body('for (const one of save) one.id++; return save', document)
    expect(documentOf(migrated)).toHaveLength(48_000)
  })

  test('takes as many parts as a save may have', async () => {
    const document = Array.from({ length: 140_000 }, (_, at) => ({ at }))
    const migrated = await body('return save.map(one => ({ at: one.at + 1 }))', document)
    expect(documentOf(migrated)).toHaveLength(140_000)
  })
})

describe('is pure:', () => {
  test('the world of a step is the language alone, without clock, chance and doors', async () => {
    const names = await body('return Object.getOwnPropertyNames(globalThis).sort()')
    expect(documentOf(names)).toEqual(
      `AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Error EvalError
      Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array InternalError Iterator
      JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer
      String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet
      decodeURI decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN parseFloat
      parseInt undefined unescape`.split(/\s+/),
    )
    expect(documentOf(await body('return Object.getOwnPropertyNames(Math)'))).not.toContain(
      'random',
    )
  })

  test.each([
    'Date.now()',
    'new Date().getTime()',
    'Math.random()',
    'performance.now()',
    'process.env',
    'require("fs")',
    'fetch("http://127.0.0.1")',
    'setTimeout(() => 1)',
    'crypto.randomUUID()',
    'WebAssembly.Memory',
    'console.log(1)',
  ])('%s is not there', async expression => {
    const { kind, line } = failureOf(await body(`return ${expression}`))
    expect([kind, line]).toEqual(['threw', 2])
  })

  test('the same document gives the same one, whatever ran before', async () => {
    const source = `let calls = 0
      export default save => ({ calls: ++calls, order: [3, 1, 2].sort(), sin: Math.sin(save.level), keys: Object.keys(save) })`
    const first = await run(source)
    await body('globalThis.calls = 9; Array.prototype.sort = () => 0; return save')
    expect(await run(source)).toEqual(first)
  })
})

describe('what a step cannot reach:', () => {
  test.each([
    [
      'the constructor of everything',
      'return (() => 1).constructor.constructor("return process")()',
    ],
    ['the world of its caller', 'return migrate.caller'],
    ['other modules', 'return import("fs").then(fs => fs.readFileSync("/etc/passwd"))'],
    ['the stack of its caller', 'throw Error.prepareStackTrace'],
    ['this', 'return this.process.env'],
  ])('%s', async (_what, code) => {
    expect(['threw', 'answer']).toContain(failureOf(await body(code)).kind)
  })

  test('modules by name', async () => {
    const { kind } = failureOf(await run('import fs from "node:fs"\nexport default save => fs'))
    expect(kind).toBe('source')
  })

  test('the prototypes of our own world', async () => {
    await body(`Object.prototype.polluted = 1
      Object.defineProperty(Array.prototype, 0, { get: () => 'planted', set: () => {} })
      JSON.stringify = () => '"planted"'
      JSON.parse = () => ({ planted: true })
      return save`)
    expect(Object('').polluted).toBeUndefined()
    expect(documentOf(await body('return [save.level, save.polluted ?? null]'))).toEqual([3, null])
  })

  test('a document of another environment', async () => {
    const own = await sandbox.migrate(
      'b',
      [{ fromVersion: 1, source: 'export default s => s' }],
      '"x"',
    )
    expect(documentOf(own)).toBe('x')
  })
})

describe('a step is stopped that', () => {
  test.each([
    ['never ends', 'for (;;);', 'work'],
    [
      'catches what stops it',
      'for (;;) { try { for (;;); } catch {} finally { continue } }',
      'work',
    ],
    ['never ends in a getter', 'throw { get message() { for (;;); } }', 'threw'],
    ['calls itself', 'const f = () => f() + 1; return f()', 'stack'],
    ['nests its source', 'return eval("(".repeat(1e5))', 'stack'],
    ['nests what it reads', 'return JSON.parse("[".repeat(1e6))', 'stack'],
    ['takes all memory', 'const all = []; for (;;) all.push(new Array(10_000).fill(1))', 'memory'],
    ['asks for it at once', 'return [new Uint8Array(2e9).length]', 'memory'],
    ['doubles a text', 'let s = "x"; for (;;) s += s', 'threw'],
    ['repeats a text', 'return "x".repeat(2 ** 30)', 'threw'],
    ['joins nothing for long', 'return new Array(2 ** 28).join("xxxxxxxx").length', 'time'],
    ['searches nothing for long', 'return new Array(2 ** 30).indexOf(1)', 'time'],
    [
      'tries a pattern for ever',
      'return /^(a+)+$/.test("a".repeat(40) + "b")',
      expect.stringMatching(/^(work|time)$/),
    ],
    ['waits', 'return Promise.resolve(save)', 'answer'],
    ['awaits', 'return (async () => save)()', 'answer'],
    ['counts without end', 'let n = 2n; for (;;) n *= n', 'threw'],
    [
      'asks a chain of proxies',
      'let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x',
      'stack',
    ],
  ])('%s', async (_what, code, kind) => {
    const failure = failureOf(await body(code))
    expect(failure).toMatchObject({ fromVersion: 1, kind })
    expect(failure.message).toMatch(/^\S.{5,500}$/s)
    expect(documentOf(await body('return save.level'))).toBe(3)
  })

  test('does so while it loads', async () => {
    for (const source of [
      'for (;;);',
      'await 1; export default s => s',
      'export default (() => { for (;;); })()',
    ]) {
      expect(failureOf(await run(source)).kind).toMatch(/^(work|time|source)$/)
    }
    expect(documentOf(await body('return save.level'))).toBe(3)
  })

  test('is named among those of a chain', async () => {
    const steps = [
      'export default s => s',
      'export default s => new Array(2 ** 30).indexOf(1)',
    ].map((source, at) => ({ fromVersion: 4 + at, source }))
    expect(failureOf(await sandbox.migrate(home, steps, '{}'))).toMatchObject({ fromVersion: 5 })
  })
})

describe('an answer is refused that', () => {
  test.each([
    ['is nothing', '', 'The function answers nothing; return the document.'],
    ['is a function', 'return () => save', 'The answer is a function.'],
    ['holds NaN', 'return { party: [{ hp: 0 / 0 }] }', 'The answer.party[0].hp is NaN.'],
    ['holds a hole', 'return { list: [1, , 2] }', 'The answer.list[1] is undefined.'],
    ['holds a Map', 'return { all: new Map() }', 'The answer.all is no plain object but Map.'],
    ['holds a big integer', 'return { n: 1n }', 'The answer.n is a bigint.'],
    ['holds itself', 'save.self = save; return save', 'more than 32 levels'],
    ['holds half a character', 'return "\\ud800"', 'invalid UTF-8, a NUL'],
    ['holds a number that is not exact', 'return 2 ** 60', 'cannot be kept exactly'],
    ['names a prototype', 'return JSON.parse(`{"__proto__":1}`)', 'never accepted'],
    ['is too large', 'return ["x".repeat(9e6)]', 'bytes'],
    ['has too many parts', 'return Array.from({ length: 300001 }, () => [])', 'more than 300,000'],
  ])('%s', async (_what, code, message) => {
    const failure = failureOf(await body(code))
    expect(failure.kind).toBe('answer')
    expect(failure.message).toContain(message)
  })

  test('is what is left out of JSON, but for members that are undefined', async () => {
    expect(documentOf(await body('save.gone = undefined; return save'))).toEqual({ level: 3 })
  })
})

describe('a failure tells', () => {
  test('what was thrown, and the line', async () => {
    expect(failureOf(await body('const a = 1\nsave.party.length'))).toEqual({
      fromVersion: 1,
      kind: 'threw',
      message: "TypeError: cannot read property 'length' of undefined",
      line: 3,
      column: 11,
    })
  })

  test.each([
    ['a text', 'throw "no party"', 'no party'],
    ['a number', 'throw 3', 'The step threw number.'],
    ['an object', 'throw { a: 1 }', 'The step threw an object that is no error.'],
    ['nothing', 'throw undefined', 'The step threw undefined.'],
  ])('%s that was thrown', async (_what, code, message) => {
    expect(failureOf(await body(code))).toMatchObject({ kind: 'threw', message })
  })

  test('little of what is long, and nothing that readers choke on', async () => {
    const { message } = failureOf(
      await body('throw "\\u001b[31m\\ud800" + "x".repeat(1e6) + "\\0"'),
    )
    expect(message.length).toBeLessThanOrEqual(500)
    expect(message).toMatch(/^\[31m\ufffd+x+$/)
  })
})

describe('a source is looked at', () => {
  const inspect = (source: string) => sandbox.inspect(home, { fromVersion: 7, source })

  test('and is a step when its default export is a function', async () => {
    expect(
      await inspect('const a = 1\nexport default function migrate(save) { return a }'),
    ).toBeUndefined()
    expect(await inspect('export default save => save')).toBeUndefined()
  })

  test.each([
    ['does not parse', 'export default function (save) {\n  return save +\n}', 'SyntaxError', 3],
    ['exports nothing', 'function migrate(save) { return save }', 'default export', null],
    ['exports no function', 'export default { a: 1 }', 'default export', null],
    ['throws', 'null.x\nexport default save => save', 'TypeError', 1],
    ['is empty', '', 'default export', null],
  ])('and is none when it %s', async (_what, source, message, line) => {
    const failure = await inspect(source)
    expect(failure).toMatchObject({ kind: 'source', line, fromVersion: 7 })
    expect(failure?.message).toContain(message)
  })
})

describe('the threads', () => {
  const hang = [{ fromVersion: 1, source: 'export default s => new Array(2 ** 30).indexOf(1)' }]
  const quick = [{ fromVersion: 1, source: 'export default s => s' }]

  test('never hold up our own', async () => {
    let ticks = 0
    const clock = setInterval(() => ticks++, 5)
    await body('for (;;);')
    clearInterval(clock)
    expect(ticks).toBeGreaterThan(5)
  })

  test('serve environments in turn, so that a crowd of one holds up no other', async () => {
    const order: string[] = []
    const ask = (who: string) => sandbox.migrate(who, quick, '1').then(() => order.push(who))
    await Promise.all([...Array.from({ length: 12 }, () => ask('crowd')), ask('guest')])
    expect(order.indexOf('guest')).toBeLessThan(3)
  })

  test('say busy when too much of one environment, or of all, waits', async () => {
    const small = openFormatSandbox(program, { threads: 1, waiting: { ofOne: 2, size: 200 } })
    const outcome = (who: string, text = '1') =>
      small.migrate(who, quick, text).then(
        () => 'done',
        (error: unknown) => (error instanceof Problem ? error.code : 'other'),
      )
    const answers = await Promise.all([
      ...['a', 'a', 'a', 'a', 'b'].map(who => outcome(who)),
      outcome('c', JSON.stringify('x'.repeat(200))),
    ])
    expect(answers).toEqual(['done', 'done', 'done', 'busy', 'done', 'busy'])
    await small.close()
    await expect(small.migrate('a', quick, '1')).rejects.toThrow(Problem)
  })

  test('that cannot start are told from steps that fail', async () => {
    const none = openFormatSandbox(new URL('nothing.js', program))
    await expect(none.migrate('a', quick, '1')).rejects.toMatchObject({ code: 'unavailable' })
    await none.close()
  })

  test('work on when one of them had to be ended', async () => {
    const two = openFormatSandbox(program, { threads: 2, idleMs: 50 })
    const stuck = two.migrate('a', hang, '{}')
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => two.migrate('b', quick, '1')),
    )
    expect(answers.every(({ ok }) => ok)).toBe(true)
    expect(failureOf(await stuck)).toMatchObject({ kind: 'time', fromVersion: 1 })
    await new Promise(resolve => setTimeout(resolve, 200))
    expect((await two.migrate('a', quick, '1')).ok).toBe(true)
    await two.close()
  })
})
