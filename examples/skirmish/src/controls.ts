import { type Fighter, type Point, size } from './arena.js'

const canvas = document.querySelector('canvas')
const held = new Set<string>()
let pointer: Point | undefined

addEventListener('keydown', ({ code }) => held.add(code))
addEventListener('keyup', ({ code }) => held.delete(code))
addEventListener('pointerdown', () => held.add('Pointer'))
addEventListener('pointerup', () => held.delete('Pointer'))
addEventListener('blur', () => held.clear())
canvas?.addEventListener('pointermove', ({ offsetX, offsetY }) => {
  const scale = size.width / canvas.clientWidth
  pointer = { x: offsetX * scale, y: offsetY * scale }
})

const any = (...codes: string[]) => Number(codes.some(code => held.has(code)))

/** What the player wants: a way to go, an angle to face, a shot. Without a pointer, they face where they go. */
export function readControls(me: Fighter) {
  const x = any('KeyD', 'ArrowRight') - any('KeyA', 'ArrowLeft')
  const y = any('KeyS', 'ArrowDown') - any('KeyW', 'ArrowUp')
  const facing = pointer ? { x: pointer.x - me.x, y: pointer.y - me.y } : { x, y }
  const angle = facing.x || facing.y ? Math.atan2(facing.y, facing.x) : me.angle
  return { x, y, angle, isFiring: any('Space', 'Pointer') > 0 }
}
