import { maxJsonDepth, parseStrictJson } from '@aethex/shared/http'
import {
  DefaultIntrinsics,
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
  RELEASE_SYNC,
  Scope,
} from 'quickjs-emscripten'
import type { FormatFailure, FormatStep, Migrated } from '../../../gateway/format-sandbox.js'
import { driver, refusal } from './driver.js'
import { chainMs, memoryPages, mostAsked, mostBytes, stackBytes, stepMsFor } from './limits.js'

declare const WebAssembly: {
  Memory: new (pages: { initial: number; maximum: number }) => object
}

type Kind = FormatFailure['kind']

/** Told before a step runs, and how long it may. */
type Begins = (step: FormatStep, limitMs: number) => void

const said: Partial<Record<Kind, string>> = {
  work: 'The step does more than 20 million rounds of loops and calls.',
  time: 'The step takes too long, or all steps together do.',
  memory: 'The step needs more than 128 MiB of memory.',
  stack: 'The step calls itself too deeply.',
  crashed: 'The step broke the machine that it ran in.',
}

/** Stops what runs too long, and remembers why. */
class Bounds {
  broken: 'work' | 'time' | undefined
  private asked = 0

  constructor(private readonly end: number) {}

  readonly isOver = () => {
    if (++this.asked > mostAsked) this.broken ??= 'work'
    else if (performance.now() > this.end) this.broken ??= 'time'
    return this.broken !== undefined
  }
}

/** Text of a studio's code in an answer of ours: short, and without what no reader keeps. */
const shown = (text: string) =>
  Buffer.from(text.slice(0, 500))
    .toString()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, '')

function textOf(vm: QuickJSContext, error: QuickJSHandle, name: string): string {
  const handle = vm.getProp(error, name)
  const text = vm.typeof(handle) === 'string' ? vm.getString(handle) : ''
  handle.dispose()
  return text
}

function sentenceOf(vm: QuickJSContext, error: QuickJSHandle): string {
  const type = vm.typeof(error)
  if (type === 'string') return vm.getString(error) || 'The step threw a text that says nothing.'
  if (type !== 'object') return `The step threw ${type}.`
  const [name, message] = [textOf(vm, error, 'name'), textOf(vm, error, 'message')]
  return name === '' ? 'The step threw an object that is no error.' : `${name}: ${message}`
}

function kindOf(sentence: string, isLoading: boolean): Kind {
  if (sentence === 'InternalError: out of memory') return 'memory'
  if (/^\w+: (stack overflow|Maximum call stack)/.test(sentence)) return 'stack'
  return isLoading ? 'source' : 'threw'
}

/** A machine of its own for the code of one environment: nothing that it leaves behind meets another's saves. */
export class Machine {
  private constructor(private readonly module: QuickJSWASMModule) {}

  /** Whether it may run anything more. After a bound was met its memory is not trusted again. */
  isSound = true

  static async open(): Promise<Machine> {
    const variant = newVariant(RELEASE_SYNC, {
      wasmMemory: new WebAssembly.Memory(memoryPages),
    })
    return new Machine(await newQuickJSWASMModuleFromVariant(variant))
  }

  /** Leads a document through the steps, each in a world of its own. */
  migrate(steps: readonly FormatStep[], text: string, begins: Begins): Migrated {
    const end = performance.now() + chainMs
    const before = JSON.stringify(JSON.parse(text))
    let after = before
    for (const step of steps) {
      begins(step, stepMsFor(after.length))
      const answer = this.run(step, after, end)
      if (typeof answer !== 'string') return { ok: false, failure: answer }
      after = answer
    }
    return { ok: true, text: after, isChanged: after !== before }
  }

  /** Loads a step without running its function. */
  inspect(step: FormatStep, begins: Begins): FormatFailure | undefined {
    begins(step, stepMsFor(0))
    const answer = this.run(step, undefined, Number.POSITIVE_INFINITY)
    return typeof answer === 'string' ? undefined : answer
  }

  private run(step: FormatStep, text: string | undefined, end: number): string | FormatFailure {
    try {
      const bounds = new Bounds(Math.min(end, performance.now() + stepMsFor(text?.length ?? 0)))
      const answer = this.attempt(step, text, bounds)
      if (typeof answer === 'string') return answer
      if (answer.kind !== 'source' && answer.kind !== 'threw' && answer.kind !== 'answer') {
        this.isSound = false
      }
      return answer
    } catch (error) {
      // Out of the machine itself: it gave up, or its stack ended before its own count of it did.
      this.isSound = false
      return failure(step, error instanceof RangeError ? 'stack' : 'crashed')
    }
  }

  private attempt(step: FormatStep, text: string | undefined, bounds: Bounds) {
    const scope = new Scope()
    const runtime = scope.manage(this.module.newRuntime())
    try {
      runtime.setMaxStackSize(stackBytes)
      runtime.setInterruptHandler(bounds.isOver)
      return new Attempt(scope, runtime, step, bounds).answer(text)
    } finally {
      this.clear(scope)
    }
  }

  private clear(scope: Scope): void {
    try {
      scope.dispose()
    } catch {
      this.isSound = false
    }
  }
}

const failure = (
  { fromVersion }: FormatStep,
  kind: Kind,
  message = said[kind] ?? '',
  place: { line: number | null; column: number | null } = { line: null, column: null },
): FormatFailure => ({ fromVersion, kind, message: shown(message), ...place })

/** One run of one step. */
class Attempt {
  private readonly vm: QuickJSContext

  constructor(
    private readonly scope: Scope,
    runtime: QuickJSRuntime,
    private readonly step: FormatStep,
    private readonly bounds: Bounds,
  ) {
    // Without a clock, and no door out: the machine is given no function of ours.
    const intrinsics = { ...DefaultIntrinsics, Date: false }
    this.vm = scope.manage(runtime.newContext({ intrinsics }))
  }

  answer(text: string | undefined): string | FormatFailure {
    const lead = this.scope.manage(this.vm.unwrapResult(this.vm.evalCode(driver, 'driver.js')))
    const loaded = this.vm.evalCode(this.step.source, 'migration.js', { type: 'module' })
    if (loaded.error) return this.failed(loaded.error, true)
    const migrate = this.scope.manage(this.vm.getProp(this.scope.manage(loaded.value), 'default'))
    if (this.vm.typeof(migrate) !== 'function') return this.withoutFunction()
    if (text === undefined) return ''
    const document = this.scope.manage(this.vm.newString(text))
    const led = this.vm.callFunction(lead, this.vm.undefined, migrate, document)
    if (led.error) return this.failed(led.error, false)
    return this.held(this.vm.getString(this.scope.manage(led.value)))
  }

  private withoutFunction(): FormatFailure {
    const { broken } = this.bounds
    return broken === undefined
      ? failure(this.step, 'source', 'The module has no function as its default export.')
      : failure(this.step, broken)
  }

  private failed(handle: QuickJSHandle, isLoading: boolean): FormatFailure {
    const error = this.scope.manage(handle)
    const { broken } = this.bounds
    const sentence = broken === undefined ? sentenceOf(this.vm, error) : ''
    const kind = broken ?? kindOf(sentence, isLoading)
    const stack = this.vm.typeof(error) === 'object' ? textOf(this.vm, error, 'stack') : ''
    const [, line, column] = /migration\.js:(\d{1,7}):(\d{1,7})/.exec(stack) ?? []
    return failure(this.step, kind, said[kind] ?? sentence, {
      line: line === undefined ? null : Number(line),
      column: column === undefined ? null : Number(column),
    })
  }

  /** What came out is held against the rules of every document that is written over HTTP. */
  private held(answer: string): string | FormatFailure {
    if (answer.startsWith(refusal))
      return failure(this.step, 'answer', answer.slice(refusal.length))
    const bytes = Buffer.byteLength(answer)
    if (bytes > mostBytes) {
      return failure(
        this.step,
        'answer',
        `The answer takes ${bytes} bytes, ${mostBytes} are allowed.`,
      )
    }
    try {
      parseStrictJson(answer)
    } catch (error) {
      const why = error instanceof Error ? error.message : `deeper than ${maxJsonDepth} levels`
      return failure(this.step, 'answer', `The answer is no document: ${why}`)
    }
    return answer
  }
}
