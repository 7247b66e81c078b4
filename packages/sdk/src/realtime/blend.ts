import type { StateSchema } from '../state-schema/state-schema.js'

/** The fields, at any depth, that are not simply numbers in between. */
export interface BlendRules {
  /** Angles in radians: they turn the short way round. */
  angles?: readonly string[]
  /** Turns as quaternions `[x, y, z, w]`: they turn the short way round, at an even pace. */
  quaternions?: readonly string[]
  /** Fields that jump from one value to the next, such as a health: nothing in them is blended. */
  snap?: readonly string[]
  /** The most that a number of this field changes by moving; more is a jump, such as a teleport, and is not blended. */
  jumps?: Readonly<Record<string, number>>
  /** The declared state: its flags and its enums snap, its quaternions turn. */
  schema?: StateSchema
}

/** Moves the numbers of `base` by `part` of the way from `from` to `to`; whatever is no number, or of another shape, is left. */
export type Blend = <State extends object>(
  base: State,
  from: object,
  to: object,
  part: number,
) => State

type Kind = 'number' | 'angle' | 'quaternion'
type Turn = readonly [x: number, y: number, z: number, w: number]

const full = Math.PI * 2

function shortTurn(from: number, to: number): number {
  const turn = (to - from) % full
  if (turn > Math.PI) return turn - full
  return turn < -Math.PI ? turn + full : turn
}

const isNumber = (value: unknown): value is number => typeof value === 'number'
const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTurn = (value: unknown): value is Turn =>
  Array.isArray(value) && value.length === 4 && value.every(isNumber)

/** First `second`, then `first`. */
function compose([x, y, z, w]: Turn, [i, j, k, r]: Turn): Turn {
  return [
    w * i + x * r + y * k - z * j,
    w * j - x * k + y * r + z * i,
    w * k + x * j - y * i + z * r,
    w * r - x * i - y * j - z * k,
  ]
}

/** `part` of the turn that leads from one direction to another, the short way. */
function partOfTurn([x, y, z, w]: Turn, to: Turn, part: number): Turn {
  const [i, j, k, r] = compose(to, [-x, -y, -z, w])
  const sine = Math.hypot(i, j, k)
  if (sine === 0) return [0, 0, 0, 1]
  const angle = Math.atan2(sine, Math.abs(r)) * part
  const scale = (Math.sin(angle) / sine) * (r < 0 ? -1 : 1)
  return [i * scale, j * scale, k * scale, Math.cos(angle)]
}

/** Makes the blending of states by these rules. */
export function createBlend(rules: BlendRules): Blend {
  const angles = new Set(rules.angles)
  const quaternions = new Set(rules.quaternions)
  const snap = new Set(rules.snap)
  const jumps = new Map(Object.entries(rules.jumps ?? {}))
  for (const [name, { type }] of Object.entries(rules.schema ?? {})) {
    if (type === 'quaternion') quaternions.add(name)
    else if (type === 'bits' || type === 'enum') snap.add(name)
  }

  function kindOf(name: string, around: Kind): Kind {
    if (angles.has(name)) return 'angle'
    return quaternions.has(name) ? 'quaternion' : around
  }

  function blendNumber(base: number, from: number, to: number, way: Way): number {
    const step = way.kind === 'angle' ? shortTurn(from, to) : to - from
    return Math.abs(step) > way.mostStep ? base : base + step * way.part
  }

  function blendFields(base: Fields, from: Fields, to: Fields, way: Way): Fields {
    if (Object.keys(base).some(name => hasJumped(from[name], to[name], way))) return base
    const blended = Object.entries(base).map(([name, value]) => {
      if (snap.has(name)) return [name, value]
      const inside = {
        part: way.part,
        kind: kindOf(name, way.kind),
        mostStep: jumps.get(name) ?? way.mostStep,
      }
      return [name, blendValue(value, from[name], to[name], inside)]
    })
    return Object.fromEntries(blended)
  }

  function blendValue(base: unknown, from: unknown, to: unknown, way: Way): unknown {
    if (isNumber(base) && isNumber(from) && isNumber(to)) return blendNumber(base, from, to, way)
    if (way.kind === 'quaternion' && isTurn(base) && isTurn(from) && isTurn(to)) {
      return compose(partOfTurn(from, to, way.part), base)
    }
    if (Array.isArray(base) && Array.isArray(from) && Array.isArray(to)) {
      if (base.length !== from.length || base.length !== to.length) return base
      if (base.some((_, index) => hasJumped(from[index], to[index], way))) return base
      return base.map((value, index) => blendValue(value, from[index], to[index], way))
    }
    return isFields(base) && isFields(from) && isFields(to)
      ? blendFields(base, from, to, way)
      : base
  }

  return (base, from, to, part) =>
    blendValue(base, from, to, {
      part,
      kind: 'number',
      mostStep: Number.POSITIVE_INFINITY,
    }) as typeof base
}

type Fields = Record<string, unknown>

interface Way {
  part: number
  kind: Kind
  mostStep: number
}

/** A place has jumped as a whole when any of its numbers has. */
const hasJumped = (from: unknown, to: unknown, { kind, mostStep }: Way) =>
  kind === 'number' && isNumber(from) && isNumber(to) && Math.abs(to - from) > mostStep
