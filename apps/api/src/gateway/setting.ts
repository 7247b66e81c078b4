import { z } from 'zod'

/**
 * One typed document that a studio sets per environment. `shape` is a strict object whose fields all have defaults:
 * an environment that never set it has the defaults, and a field added later is there for everybody.
 */
export interface Setting<Shape extends z.ZodObject = z.ZodObject> {
  /** `<wing>.<what>`, such as `auth.registration`. */
  name: string
  summary: string
  shape: Shape
}

/** Declares a setting. It must also stand in the table of apps/api/src/settings.ts. */
export const setting = <Shape extends z.ZodObject>(definition: Setting<Shape>): Setting<Shape> => {
  z.parse(definition.shape, {})
  return definition
}
