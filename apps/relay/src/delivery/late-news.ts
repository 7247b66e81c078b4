import type { ServerMessage } from '../protocol/messages.js'
import type { Recipient } from './recipient.js'

type SaveWritten = Extract<ServerMessage, { type: 'save_written' }>

/** A reader who has missed this many slots asks for all of them at once. */
const mostSlots = 64

/** What slow readers are told once they have caught up: the newest version of each slot, or that they missed some. */
export class LateNews {
  private readonly waiting = new Map<Recipient, Map<string, SaveWritten>>()
  private readonly gaps = new Set<Recipient>()

  /** Also true for a reader that has caught up and is about to be told: newer news must not overtake older. */
  isFor(recipient: Recipient): boolean {
    return this.waiting.has(recipient) || this.gaps.has(recipient)
  }

  add(recipient: Recipient, news: SaveWritten): void {
    if (this.gaps.has(recipient)) return
    if (!this.isFor(recipient)) this.tellLater(recipient)
    const slots = this.waiting.get(recipient) ?? new Map<string, SaveWritten>()
    this.waiting.set(recipient, slots)
    const known = slots.get(news.save_id)
    if (known === undefined || known.version < news.version) slots.set(news.save_id, news)
    if (slots.size > mostSlots) this.addGap(recipient)
  }

  /** Takes the place of all that waits. */
  addGap(recipient: Recipient): void {
    if (!this.isFor(recipient)) this.tellLater(recipient)
    this.waiting.delete(recipient)
    this.gaps.add(recipient)
  }

  forget(recipient: Recipient): void {
    this.waiting.delete(recipient)
    this.gaps.delete(recipient)
  }

  private tellLater(recipient: Recipient): void {
    recipient.onceCaughtUp(() => {
      const slots = this.waiting.get(recipient)
      const isGap = this.gaps.has(recipient)
      this.forget(recipient)
      if (isGap) recipient.send({ type: 'news_gap' })
      for (const news of slots?.values() ?? []) recipient.send(news)
    })
  }
}
