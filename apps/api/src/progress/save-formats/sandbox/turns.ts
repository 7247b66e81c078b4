/** What waits for a thread: one line for each environment, and one place of each line after the other. */
export class Turns<Waiting extends { environmentId: string; size: number }> {
  private readonly lines = new Map<string, Waiting[]>()
  private size = 0

  constructor(private readonly most: { ofOne: number; size: number }) {}

  /** False when too many of its environment wait already, or all that waits is too large. */
  add(one: Waiting): boolean {
    const line = this.lines.get(one.environmentId) ?? []
    const isTooLarge = this.size > 0 && this.size + one.size > this.most.size
    if (line.length >= this.most.ofOne || isTooLarge) return false
    line.push(one)
    this.lines.set(one.environmentId, line)
    this.size += one.size
    return true
  }

  get isEmpty() {
    return this.lines.size === 0
  }

  next(): Waiting | undefined {
    const [environmentId, line] = this.lines.entries().next().value ?? []
    const one = line?.shift()
    if (environmentId === undefined || line === undefined || one === undefined) return undefined
    // Its line goes behind those of the others, which is where a Map puts what is set anew.
    this.lines.delete(environmentId)
    if (line.length > 0) this.lines.set(environmentId, line)
    this.size -= one.size
    return one
  }

  /** All that waits, which waits no more. */
  clear(): Waiting[] {
    const all = [...this.lines.values()].flat()
    this.lines.clear()
    this.size = 0
    return all
  }
}
