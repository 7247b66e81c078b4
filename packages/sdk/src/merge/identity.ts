/**
 * Numbers for values: two values have the same number exactly when they are the same JSON, however their fields are
 * ordered. Every value is read once, so comparing the parts of a document over and over costs no more than reading it.
 */
export class Identity {
  // Every name begins with a mark of its kind: names like "7" would collide at an attacker's will in V8's tables.
  private readonly numbers = new Map<string, number>()
  private readonly known = new Map<object, number>()

  /** 0 is what is not there. */
  of(value: unknown): number {
    if (value === undefined) return 0
    if (typeof value === 'string') return this.numberOf(`"${value}`)
    if (typeof value !== 'object' || value === null) return this.numberOf(`#${value}`)
    const known = this.known.get(value)
    if (known !== undefined) return known
    const number = this.numberOf(Array.isArray(value) ? this.listed(value) : this.fielded(value))
    this.known.set(value, number)
    return number
  }

  same(one: unknown, other: unknown): boolean {
    if (one === other) return true
    const areObjects = typeof one === 'object' && typeof other === 'object'
    return areObjects && this.of(one) === this.of(other)
  }

  private listed(list: readonly unknown[]): string {
    return `[${list.map(member => this.of(member))}`
  }

  private fielded(value: object): string {
    const pairs: [number, number][] = []
    for (const [name, field] of Object.entries(value)) {
      if (field !== undefined) pairs.push([this.numberOf(`"${name}`), this.of(field)])
    }
    return `{${pairs.sort(([one], [other]) => one - other)}`
  }

  private numberOf(name: string): number {
    const known = this.numbers.get(name)
    if (known !== undefined) return known
    const number = this.numbers.size + 1
    this.numbers.set(name, number)
    return number
  }
}
