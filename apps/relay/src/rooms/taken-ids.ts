/** More than a client says before it hears of the first. */
const mostKept = 512

/** Which messages of a member were taken, by the client's own rising numbers; those between them were refused. */
export class TakenIds {
  private ids: number[] = []
  private newest = Number.NEGATIVE_INFINITY

  /** The last one; 0 before any. */
  get last(): number {
    return Math.max(0, this.newest)
  }

  take(id: number): void {
    this.newest = id
    this.ids.push(id)
    if (this.ids.length > mostKept) this.ids.shift()
  }

  /** Undefined for a message that nobody has seen yet. Of long ago everything counts as taken. */
  wasTaken(id: number): boolean | undefined {
    if (id > this.newest) return undefined
    const [oldest = this.newest] = this.ids
    return id < oldest ? this.ids.length === mostKept : this.ids.includes(id)
  }

  /** A client that joins begins to count anew. */
  clear(): void {
    this.ids = []
    this.newest = Number.NEGATIVE_INFINITY
  }

  /** For another node. */
  snapshot(): number[] {
    return [...this.ids]
  }

  restore(ids: readonly number[]): void {
    this.ids = [...ids]
    this.newest = ids.at(-1) ?? Number.NEGATIVE_INFINITY
  }
}
