import { baseKeyBytes, deriveFrameKey, type FrameKey } from '../frames/frame-key.js'
import { type Agreement, agree, type MemberKeys } from './agreement.js'
import { type KeySignal, readFrameKey, readHello } from './signals.js'

/** What the agreement on keys needs of its surroundings, and tells them. */
export interface ExchangeParts {
  roomId: string
  playerId: string
  keys: MemberKeys
  /** How many others there may be. */
  mostOthers: number
  send(playerId: string, signal: KeySignal): void
  /** The key that this player's own frames are sealed with from now on. */
  onOwnKey(keyId: number, key: FrameKey): void
  onKeyOf(playerId: string, keyId: number, key: FrameKey): void
  /** Keys are agreed on with a member: it may be spoken to. */
  onAgreed(playerId: string): void
  /** A member that keys were agreed on with is gone, or comes back with others. */
  onParted(playerId: string): void
  onFault(playerId: string, thrown: unknown): void
}

interface Other {
  publicKey: string
  agreement: Agreement
}

/**
 * Every member makes the key for its own frames, and wraps it for each of the others alone. It makes another one
 * whenever somebody comes, who must not open what was said before, and whenever somebody goes, who must not open
 * what is said afterwards.
 */
export class KeyExchange {
  private readonly others = new Map<string, Other>()
  /** What comes from a member is heard in order, although hearing takes time. */
  private readonly turns = new Map<string, Promise<void>>()
  private keyId = 0
  private rotation: Promise<void> | undefined
  private isStale = false
  private isClosed = false

  constructor(private readonly parts: ExchangeParts) {}

  /** Tells a member this player's public key. One that is not in the voice room does not answer. */
  greet(playerId: string): void {
    this.sayHello(playerId, this.others.get(playerId)?.publicKey ?? null)
  }

  /** Its key has not come, although its frames have: says that nothing was seen, which makes it send a new one. */
  askAgain(playerId: string): void {
    if (this.others.has(playerId)) this.sayHello(playerId, null)
  }

  hear(playerId: string, kind: KeySignal['kind'], data: unknown): Promise<void> {
    return this.inTurn(playerId, () =>
      kind === 'voice_key' ? this.hearHello(playerId, data) : this.hearKey(playerId, data),
    )
  }

  /** The member has left the voice room. */
  forget(playerId: string): Promise<void> {
    return this.inTurn(playerId, async () => {
      if (!this.others.delete(playerId)) return
      this.parts.onParted(playerId)
      this.rotate()
    })
  }

  safetyNumberOf(playerId: string): string | undefined {
    return this.others.get(playerId)?.agreement.safetyNumber
  }

  /** When nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.all(this.turns.values())
    await this.rotation
  }

  close(): void {
    this.isClosed = true
    this.others.clear()
  }

  private sayHello(playerId: string, seen: string | null): void {
    this.parts.send(playerId, {
      kind: 'voice_key',
      data: { public_key: this.parts.keys.publicKey, seen },
    })
  }

  private inTurn(playerId: string, run: () => Promise<void>): Promise<void> {
    const turn = (this.turns.get(playerId) ?? Promise.resolve())
      .then(() => (this.isClosed ? undefined : run()))
      .catch(thrown => {
        if (!this.isClosed) this.parts.onFault(playerId, thrown)
      })
    this.turns.set(playerId, turn)
    return turn
  }

  private async hearHello(playerId: string, data: unknown): Promise<void> {
    const { public_key: publicKey, seen } = readHello(data)
    const { keys, roomId, mostOthers } = this.parts
    const known = this.others.get(playerId)
    if (known?.publicKey !== publicKey) {
      const own = { playerId: this.parts.playerId, ...keys }
      const agreement = await agree(roomId, own, { playerId, publicKey })
      if (this.isClosed || (known === undefined && this.others.size >= mostOthers)) return
      if (known !== undefined) this.parts.onParted(playerId)
      this.others.set(playerId, { publicKey, agreement })
      this.parts.onAgreed(playerId)
      if (seen === keys.publicKey) this.rotate()
    }
    // A member that has not seen our key cannot unwrap anything; it asks for nothing more once it has.
    if (seen !== keys.publicKey) {
      this.greet(playerId)
      this.rotate()
    }
  }

  private async hearKey(playerId: string, data: unknown): Promise<void> {
    const { key_id: keyId, wrapped } = readFrameKey(data)
    const other = this.others.get(playerId)
    if (other === undefined) return
    const baseKey = await other.agreement.unwrap(keyId, wrapped)
    const key = await deriveFrameKey(baseKey, keyId)
    baseKey.fill(0)
    if (this.others.get(playerId) === other) this.parts.onKeyOf(playerId, keyId, key)
  }

  /** One at a time; who comes or goes meanwhile makes it run again. */
  private rotate(): void {
    this.isStale = true
    this.rotation ??= this.makeKeys()
      .catch(thrown => this.parts.onFault(this.parts.playerId, thrown))
      .finally(() => {
        this.rotation = undefined
      })
  }

  private async makeKeys(): Promise<void> {
    while (this.isStale && !this.isClosed) {
      this.isStale = false
      const keyId = ++this.keyId
      const baseKey = crypto.getRandomValues(new Uint8Array(baseKeyBytes))
      const key = await deriveFrameKey(baseKey, keyId)
      const listeners = [...this.others]
      const wrapped = await Promise.all(
        listeners.map(([, { agreement }]) => agreement.wrap(keyId, baseKey)),
      )
      baseKey.fill(0)
      // Somebody went while it was being wrapped: nobody has heard of this one.
      if (this.isStale || this.isClosed) continue
      listeners.forEach(([playerId], index) => {
        const data = { key_id: keyId, wrapped: wrapped[index] ?? '' }
        this.parts.send(playerId, { kind: 'voice_frame_key', data })
      })
      this.parts.onOwnKey(keyId, key)
    }
  }
}
