import type { StatePacker } from '@aethex/sdk/state-schema'
import type { Codec } from '../protocol/codec.js'
import { frameOf } from '../protocol/frame.js'
import type { ServerMessage } from '../protocol/messages.js'
import type { StateChange, Tracked } from './state-table.js'

/** A change of declared fields alone, as few bits; undefined for any other, and for text. */
function packed(change: StateChange, codec: Codec, packer: StatePacker | undefined) {
  if (packer === undefined || !codec.takesBytes || change === null) return undefined
  const [fields, removed, key] = Array.isArray(change) ? change : [change, []]
  const declared = packer.schema
  const names = [...Object.keys(fields), ...removed]
  if (key !== undefined || !names.every(name => Object.hasOwn(declared, name))) return undefined
  const gone = Object.fromEntries(removed.map(name => [name, null]))
  return packer.pack({ ...fields, ...gone })
}

/** What changed between two ticks, as every codec writes it: made once, whatever the number of members. */
class SharedStates {
  private readonly body: Buffer
  private readonly places = new Map<number, { from: number; to: number }>()

  constructor(
    private readonly codec: Codec,
    changes: ReadonlyMap<number, StateChange>,
    packer: StatePacker | undefined,
  ) {
    const parts: Buffer[] = []
    let at = 0
    for (const [ref, change] of changes) {
      const part = codec.change(ref, packed(change, codec, packer) ?? change)
      parts.push(part)
      this.places.set(ref, { from: at, to: at + part.length })
      at += part.length
    }
    this.body = Buffer.concat(parts, at)
  }

  /** The pieces for one member, its own change cut out; undefined when there is nothing else. */
  except(ref: number, tick: number): Buffer[] | undefined {
    const { codec, body } = this
    const own = this.places.get(ref)
    const count = this.places.size - (own === undefined ? 0 : 1)
    if (count === 0) return undefined
    const start = codec.statesStart(tick, count)
    if (own === undefined) return [start, body, codec.statesEnd]
    return [start, body.subarray(0, own.from), body.subarray(own.to), codec.statesEnd]
  }
}

/** What leaves a room in one tick. */
export class TickFrames {
  private readonly shared = new Map<Codec, SharedStates>()
  private readonly written = new Map<Codec, Map<ServerMessage, Buffer>>()

  constructor(
    private readonly tick: number,
    private readonly changes: ReadonlyMap<number, StateChange>,
    private readonly packer: StatePacker | undefined,
  ) {}

  /** A message, written once for all who share a codec. */
  part(codec: Codec, message: ServerMessage): Buffer {
    const known = this.written.get(codec) ?? new Map<ServerMessage, Buffer>()
    this.written.set(codec, known)
    const part = known.get(message) ?? codec.part(message)
    known.set(message, part)
    return part
  }

  /** What everybody who had the tick before gets, but for their own. */
  statesExcept(codec: Codec, ref: number): Buffer[] | undefined {
    let states = this.shared.get(codec)
    if (states === undefined) {
      states = new SharedStates(codec, this.changes, this.packer)
      this.shared.set(codec, states)
    }
    return states.except(ref, this.tick)
  }

  /** What one member alone gets. */
  statesOf(codec: Codec, changes: ReadonlyMap<number, StateChange>): Buffer[] | undefined {
    return new SharedStates(codec, changes, this.packer).except(-1, this.tick)
  }
}

/** The frame of one member; undefined when nothing is due. */
export function tickFrame(
  codec: Codec,
  messages: readonly Buffer[],
  states: readonly Buffer[] | undefined,
): Buffer | undefined {
  if (messages.length === 0) return states && frameOf(codec.opcode, states)
  const parts = states === undefined ? messages : [...messages, Buffer.concat(states)]
  return frameOf(codec.opcode, codec.batch(parts))
}

/** What is gone, then changes of the others after a tick: something new may be called as something that is gone was. */
export function changesOf(
  gone: readonly number[],
  things: Iterable<Tracked>,
  changeOf: (tracked: Tracked) => StateChange | undefined,
): Map<number, StateChange> {
  const changes = new Map<number, StateChange>(gone.map(ref => [ref, null]))
  for (const tracked of things) {
    const change = changeOf(tracked)
    if (change !== undefined) changes.set(tracked.ref, change)
  }
  return changes
}
