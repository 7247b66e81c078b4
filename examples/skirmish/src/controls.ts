import { type Point, size } from './arena.js'

const canvas = document.querySelector('canvas')
const held = new Set<string>()
const any = (...codes: string[]) => Number(codes.some(code => held.has(code)))
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

/** Where the player wants to go, what to face (without a pointer, where they go), and whether to shoot. */
export function readControls(me: Point) {
  const x = any('KeyD', 'ArrowRight') - any('KeyA', 'ArrowLeft')
  const y = any('KeyS', 'ArrowDown') - any('KeyW', 'ArrowUp')
  const facing = pointer ? { x: pointer.x - me.x, y: pointer.y - me.y } : { x, y }
  return { way: { x, y }, facing, isFiring: any('Space', 'Pointer') > 0 }
}
