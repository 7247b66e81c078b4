const kinds = {
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
} as const

type ViewName = keyof typeof kinds

/** What looks at bytes, by the name under which it is written. A Uint8Array is written as `Bytes`. */
export const views: Readonly<Record<ViewName, new (bytes: ArrayBuffer) => ArrayBufferView>> = kinds

export const isViewName = (name: string): name is ViewName => Object.hasOwn(kinds, name)
