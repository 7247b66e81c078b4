import { type Fighter, fullHealth, type Point, pillars, type Shot, size } from './arena.js'

const fighterShape = new Path2D('M22 0A22 22 0 1 1 22 -.1M13 0H36M-13 9A16 16 0 0 1 -13 -9')
const pillarShape = new Path2D('M50 0A50 50 0 1 1 50 -.1M34 0A34 34 0 1 1 34 -.1')
const shotShape = new Path2D('M-38 0H0')
const sparks = new Path2D('M8 0H20M-8 3H-17M0-8V-20M4 9 9 17M-6 6-11 12M6-6 11-11M-6-6-9-9')
const bar = new Path2D('M0 0H44')
const [mine, theirs, stone] = ['#4ff2e4', '#ff5da8', '#7387d6']
const pen = document.querySelector('canvas')?.getContext('2d')
if (!pen) throw new Error('This browser cannot draw.')
const text = { font: '600 15px system-ui', textAlign: 'center', fillStyle: '#f2f6ff' }
Object.assign(pen, text, { lineWidth: 4, lineCap: 'round', shadowBlur: 22 })

const stamp = (shape: Path2D, color: string, { x, y }: Point, angle = 0, width = 1) => {
  pen.save()
  pen.translate(x, y)
  pen.rotate(angle)
  pen.scale(width, 1)
  pen.strokeStyle = pen.shadowColor = color
  pen.stroke(shape)
  pen.restore()
}

/** Draws what the player `myId` sees. */
export const draw = (fighters: Fighter[], shots: Shot[], myId: string) => {
  const colorOf = (id: string) => (id === myId ? mine : theirs)
  pen.clearRect(0, 0, size.width, size.height)
  for (const pillar of pillars) stamp(pillarShape, stone, pillar)
  for (const { by, angle, endedAt, ...tip } of shots)
    stamp(endedAt ? sparks : shotShape, colorOf(by), tip, angle)
  for (const { id, name, x, y, angle, health } of fighters) {
    stamp(fighterShape, colorOf(id), { x, y }, angle)
    stamp(bar, stone, { x: x - 22, y: y - 44 })
    stamp(bar, colorOf(id), { x: x - 22, y: y - 44 }, 0, health / fullHealth)
    pen.fillText(name, x, y - 56)
  }
}
