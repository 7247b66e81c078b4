/** By this name an object says which engine value it is; unlike `instanceof`, it holds across copies of this package. */
export const shapeName = Symbol.for('aethex.value')

/** Two numbers, such as a point on a map. */
export class Vector2 {
  constructor(
    public x = 0,
    public y = 0,
  ) {}
  get [shapeName]() {
    return 'Vector2'
  }
}

/** Three numbers, such as a place in the world. */
export class Vector3 {
  constructor(
    public x = 0,
    public y = 0,
    public z = 0,
  ) {}
  get [shapeName]() {
    return 'Vector3'
  }
}

/** Four numbers. */
export class Vector4 {
  constructor(
    public x = 0,
    public y = 0,
    public z = 0,
    public w = 0,
  ) {}
  get [shapeName]() {
    return 'Vector4'
  }
}

/** A rotation; unless said, the one that turns nothing. */
export class Quaternion {
  constructor(
    public x = 0,
    public y = 0,
    public z = 0,
    public w = 1,
  ) {}
  get [shapeName]() {
    return 'Quaternion'
  }
}

/** Red, green, blue and opacity; 1 is full. */
export class Color {
  constructor(
    public r = 0,
    public g = 0,
    public b = 0,
    public a = 1,
  ) {}
  get [shapeName]() {
    return 'Color'
  }
}

/** A value that a newer version of this package has written: kept as it is, and saved again as it was. */
export class UnknownValue {
  constructor(public readonly raw: object) {}
  get [shapeName]() {
    return 'Unknown'
  }
}

const xyzw = ['x', 'y', 'z', 'w'] as const

/** What consists of nothing but numbers: their names in the order in which they are written. */
export const shapes = {
  Vector2: { members: xyzw.slice(0, 2), make: (...of: number[]) => new Vector2(...of) },
  Vector3: { members: xyzw.slice(0, 3), make: (...of: number[]) => new Vector3(...of) },
  Vector4: { members: xyzw, make: (...of: number[]) => new Vector4(...of) },
  Quaternion: { members: xyzw, make: (...of: number[]) => new Quaternion(...of) },
  Color: { members: ['r', 'g', 'b', 'a'], make: (...of: number[]) => new Color(...of) },
} as const

export type ShapeName = keyof typeof shapes

export const isShapeName = (name: unknown): name is ShapeName =>
  typeof name === 'string' && Object.hasOwn(shapes, name)

/** Which shape an object has: ours, or one of the engine three.js, which marks its own. */
export function shapeOf(value: object): ShapeName | 'Unknown' | undefined {
  const own: unknown = Reflect.get(value, shapeName)
  if (own === 'Unknown' || isShapeName(own)) return own
  for (const name of Object.keys(shapes)) {
    if (isShapeName(name) && Reflect.get(value, `is${name}`) === true) return name
  }
  return undefined
}
