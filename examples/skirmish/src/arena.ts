/** The rules of the arena: lengths in its own units, angles in radians. */
export const size = { width: 1280, height: 800 }
export const pillars = [290, 510].flatMap(y => [340, 640, 940].map(x => ({ x, y })))
export const [fullHealth, radius, pillarRadius, walkSpeed, shotSpeed] = [3, 22, 50, 330, 800]

export type Point = { x: number; y: number }
export type Fighter = Point & { id: string; name: string; angle: number; health: number }
export type Shot = Point & { by: string; angle: number; endedAt?: number }

export const corner = (turn: number) => ({ x: turn % 2 ? 1140 : 140, y: turn % 4 < 2 ? 140 : 660 })

const isNear = (a: Point, b: Point, reach: number) => Math.hypot(a.x - b.x, a.y - b.y) < reach
export const isHit = (it: Fighter, shot: Shot) => it.id !== shot.by && isNear(it, shot, radius)
const isFree = (at: Point, reach: number) =>
  Math.min(at.x, at.y, size.width - at.x, size.height - at.y) > reach &&
  pillars.every(pillar => !isNear(at, pillar, pillarRadius + reach))

/** Moves a fighter, one axis after the other: they slide along what is in their way. */
export function walk(fighter: Fighter, way: Point, seconds: number): void {
  const stride = (walkSpeed * seconds) / (Math.hypot(way.x, way.y) || 1)
  const [x, y] = [fighter.x + way.x * stride, fighter.y + way.y * stride]
  if (isFree({ x, y: fighter.y }, radius)) fighter.x = x
  if (isFree({ x: fighter.x, y }, radius)) fighter.y = y
}

/** Moves a shot; false when something has stopped it. */
export function fly(shot: Shot, seconds: number): boolean {
  shot.x += Math.cos(shot.angle) * shotSpeed * seconds
  shot.y += Math.sin(shot.angle) * shotSpeed * seconds
  return isFree(shot, 0)
}
