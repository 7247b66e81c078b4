import type { Bench } from '../bench.js'
export async function benchRelay(_bench: Bench): Promise<void> {}
