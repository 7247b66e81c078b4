/** The rules of the arena: lengths in its own units, angles in radians. */
export const size = { width: 1280, height: 800 }
export const [radius, pillarRadius, fullHealth] = [22, 60, 3]
export const pillars = [640, 330, 950].map((x, index) => ({ x, y: 400 + (index ? 130 : 0) }))
const [walkSpeed, shotSpeed] = [330, 800]

export type Point = { x: number; y: number }
export type Fighter = Point & { id: string; name: string; angle: number; health: number }
export type Shot = Point & { by: string; angle: number }

/** Where fighters begin and come back. */
export const corner = (turn: number) => ({ x: turn % 2 ? 1140 : 140, y: turn % 4 < 2 ? 140 : 660 })

export const isNear = (a: Point, b: Point, reach: number) =>
  Math.hypot(a.x - b.x, a.y - b.y) < reach

const isFree = (at: Point, reach: number) =>
  Math.min(at.x, at.y, size.width - at.x, size.height - at.y) > reach &&
  pillars.every(pillar => !isNear(at, pillar, pillarRadius + reach))

/** Moves a fighter, one axis after the other: they slide along what is in their way. */
export function walk(fighter: Fighter, way: Point, seconds: number): void {
  for (const axis of ['x', 'y'] as const) {
    const stride = (way[axis] / (Math.hypot(way.x, way.y) || 1)) * walkSpeed * seconds
    const next = { ...fighter, [axis]: fighter[axis] + stride }
    if (isFree(next, radius)) fighter[axis] = next[axis]
  }
}

/** Moves a shot; false when something has stopped it. */
export function fly(shot: Shot, seconds: number): boolean {
  shot.x += Math.cos(shot.angle) * shotSpeed * seconds
  shot.y += Math.sin(shot.angle) * shotSpeed * seconds
  return isFree(shot, 0)
}
