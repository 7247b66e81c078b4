/** Of frames that overtake each other; with seven listeners about three seconds of speech. */
const width = 1024

/** Which counters of one key were seen, so that no frame is played twice (as RFC 4303 §3.4.3 does for packets). */
export class ReplayWindow {
  private highest = -1
  private readonly seen = new Uint8Array(width)

  /** Whether a frame of this number may still come. */
  isNew(counter: number): boolean {
    if (counter > this.highest) return true
    return counter > this.highest - width && this.seen[counter % width] === 0
  }

  /** Takes the number down; false when it was seen, or is too old to tell. Only for frames that proved genuine. */
  accept(counter: number): boolean {
    if (!this.isNew(counter)) return false
    if (counter - this.highest >= width) this.seen.fill(0)
    else for (let at = this.highest + 1; at < counter; at++) this.seen[at % width] = 0
    this.seen[counter % width] = 1
    this.highest = Math.max(this.highest, counter)
    return true
  }
}
