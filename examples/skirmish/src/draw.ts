import {
  type Fighter,
  fullHealth,
  type Point,
  pillarRadius,
  pillars,
  radius,
  type Shot,
  size,
} from './arena.js'

const [mine, theirs, stone] = ['#4ff2e4', '#ff5da8', '#5b73a8']
const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
const canvas = document.querySelector('canvas') ?? new HTMLCanvasElement()

function ring(pen: Pen, color: string, { x, y }: Point, size: number): void {}
