/** The effective value above which somebody speaks: about -36 dB, over what a quiet room leaves after noise suppression. */
const threshold = 0.015
/** Between words nobody stops speaking. */
const pauseMs = 400

/** Makes of loudness, looked at now and then, who speaks. */
export class SpeakingWatch {
  private readonly loudAt = new Map<string, number>()

  constructor(private readonly tell: (playerId: string, isSpeaking: boolean) => void) {}

  /** `now` in milliseconds. Who is not among the levels does not speak. */
  look(levels: readonly (readonly [playerId: string, level: number])[], now: number): void {
    for (const [playerId, level] of levels) {
      if (level < threshold) continue
      const isNew = !this.loudAt.has(playerId)
      this.loudAt.set(playerId, now)
      if (isNew) this.tell(playerId, true)
    }
    for (const [playerId, at] of this.loudAt) {
      if (now - at >= pauseMs) this.hush(playerId)
    }
  }

  isSpeaking(playerId: string): boolean {
    return this.loudAt.has(playerId)
  }

  /** Muted or gone: silent at once. */
  hush(playerId: string): void {
    if (this.loudAt.delete(playerId)) this.tell(playerId, false)
  }

  clear(): void {
    for (const playerId of [...this.loudAt.keys()]) this.hush(playerId)
  }
}
