import { openTopicFeed, type TopicFeed } from '@aethex/shared/bus'
import {
  type ChatChannel,
  type ChatEvent,
  chatPrefix,
  everyChannel,
  giveUpSeat,
  hasPass,
  keepSeat,
  readChannel,
  readChatEvent,
} from '@aethex/shared/chat'
import { Problem } from '@aethex/shared/errors'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Redis } from '@aethex/shared/redis'
import { broadcast } from './broadcast.js'
import { LateChat } from './chat-late.js'
import { changeOf, messageOfChat } from './chat-message.js'
import { type ChatSubscription, ChatSubscriptions } from './chat-subscription.js'
import type { Recipient } from './recipient.js'

interface ChatParts {
  redis: Redis
  /** A connection that nobody else listens on. */
  subscriber: Redis
  /** Whether the socket is in that room, which lives on this node. */
  isInRoom(recipient: Recipient, roomId: string): boolean
  log: Logger
}

const lookMs = 1_000
const keepSeatsMs = 10_000

/**
 * Brings what is said in channels to the sockets that have subscribed to them. Every event says who may hear it, as
 * of when it was told; here it is only checked who asks for a subscription at all. The node listens to the topics
 * of its own sockets' channels, and to no others.
 */
export class ChatDesk implements Closable {
  private readonly subscriptions = new ChatSubscriptions()
  private readonly late = new LateChat(one => this.sendGap(one))
  private readonly feed: TopicFeed
  private readonly timers: NodeJS.Timeout[]

  constructor(private readonly parts: ChatParts) {
    this.feed = openTopicFeed(parts.subscriber, parts.log, {
      onTold: (environmentId, topic, text, byPrefix) => {
        const event = readChatEvent(text)
        if (event?.channel !== topic) return
        this.tell(this.subscriptions.to(environmentId, byPrefix ? everyChannel : topic), event)
      },
      onGap: () => this.tellGaps(),
    })
    this.timers = [
      setInterval(() => this.endStale(), lookMs),
      setInterval(() => void this.keepSeats(), keepSeatsMs),
    ]
  }

  /** Resolves when nothing of the channel is missed from here on without a gap. Throws `chat_forbidden`. */
  async subscribe(recipient: Recipient, name: string): Promise<void> {
    if (this.subscriptions.get(recipient, name) !== undefined) return
    const channel = await this.admit(recipient, name)
    if (!recipient.isOpen) return
    if (this.subscriptions.isFull(recipient)) throw new Problem('limit_reached')
    const { environment_id: environmentId } = recipient.holder
    this.subscriptions.add({ recipient, environmentId, name, channel, lastChange: null })
    if (channel === undefined) await this.feed.followAll(environmentId, chatPrefix)
    else await this.feed.follow(environmentId, name)
  }

  unsubscribe(recipient: Recipient, name: string): void {
    const known = this.subscriptions.get(recipient, name)
    if (known === undefined) return
    this.drop(known)
    this.leaveSeat(known)
  }

  /** The socket is gone. Its seat in a room may wait for it, so what the API knows of that runs out by itself. */
  forget(recipient: Recipient): void {
    for (const one of this.subscriptions.of(recipient)) this.drop(one)
    this.late.forget(recipient)
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer)
    await this.feed.close()
  }

  /** The channel of that name, for whom may listen to it; undefined for all of them. */
  private async admit(recipient: Recipient, name: string): Promise<ChatChannel | undefined> {
    const { holder } = recipient
    if (holder.moderates !== undefined && name === everyChannel) return undefined
    const channel = readChannel(name)
    const isAllowed =
      channel !== undefined &&
      holder.moderates === undefined &&
      (await this.admits(recipient, channel, name))
    if (!isAllowed) throw new Problem('chat_forbidden')
    return channel
  }

  private async admits(recipient: Recipient, channel: ChatChannel, name: string): Promise<boolean> {
    const { redis, isInRoom } = this.parts
    const { environment_id: environmentId, player_id: playerId, permissions } = recipient.holder
    if (permissions?.chat !== true) return false
    switch (channel.kind) {
      case 'world':
        return true
      case 'direct':
        return channel.playerIds.includes(playerId)
      case 'room':
        if (!isInRoom(recipient, channel.roomId)) return false
        await keepSeat(redis, environmentId, channel.roomId, playerId)
        return true
      default:
        return hasPass(redis, environmentId, name, playerId)
    }
  }

  private tell(audience: readonly ChatSubscription[], event: ChatEvent): void {
    if (audience.length === 0) return
    const only = event.only && new Set(event.only)
    const hiddenFrom = new Set(event.hidden_from)
    const listeners: ChatSubscription[] = []
    for (const one of audience) {
      const { player_id: playerId } = one.recipient.holder
      if (one.channel === undefined) listeners.push(one)
      else if (!this.mayStay(one) || only?.has(playerId) === false) this.end(one)
      else if (hiddenFrom.has(playerId)) this.skip(one, event)
      else if (event.type !== 'typing' || event.player_id !== playerId) listeners.push(one)
    }
    this.send(listeners, event)
  }

  private send(listeners: readonly ChatSubscription[], event: ChatEvent): void {
    const message = messageOfChat(event)
    const change = changeOf(event)
    const inTime: ChatSubscription[] = []
    for (const one of listeners) {
      if (message === undefined) this.gap(one)
      else if (!this.late.isLate(one.recipient)) inTime.push(one)
      else if (change !== undefined) this.late.add(one)
    }
    if (message === undefined) return
    broadcast(message, inTime)
    if (change === undefined) return
    // Who listens to all channels has no place in any of them.
    for (const one of inTime) if (one.channel !== undefined) one.lastChange = change
  }

  /** Nothing of the text, but the number goes on: a reader who counts does not look for what is not theirs. */
  private skip(one: ChatSubscription, event: ChatEvent): void {
    const change = changeOf(event)
    if (change === undefined) return
    if (this.late.isLate(one.recipient)) this.late.add(one)
    else {
      one.recipient.send({ type: 'chat_skipped', channel: one.name, change })
      one.lastChange = change
    }
  }

  private gap(one: ChatSubscription): void {
    if (this.late.isLate(one.recipient)) this.late.add(one)
    else this.sendGap(one)
  }

  private sendGap({ recipient, name, lastChange }: ChatSubscription): void {
    recipient.send({ type: 'chat_gap', channel: name, after: lastChange })
  }

  private tellGaps(): void {
    for (const one of this.subscriptions.all()) this.gap(one)
    void this.keepSeats()
  }

  /** A moderator's socket ends as a whole (`connection/moderators.ts`). */
  private mayStay({ recipient, channel }: ChatSubscription): boolean {
    if (channel === undefined) return true
    if (recipient.holder.permissions?.chat !== true) return false
    return channel.kind !== 'room' || this.parts.isInRoom(recipient, channel.roomId)
  }

  private endStale(): void {
    for (const one of this.subscriptions.all()) if (!this.mayStay(one)) this.end(one)
  }

  private end(one: ChatSubscription): void {
    if (!this.drop(one)) return
    this.leaveSeat(one)
    one.recipient.send({ type: 'chat_closed', channel: one.name })
  }

  private drop(one: ChatSubscription): boolean {
    if (!this.subscriptions.remove(one)) return false
    this.late.remove(one)
    if (one.channel === undefined) this.feed.unfollowAll(one.environmentId, chatPrefix)
    else this.feed.unfollow(one.environmentId, one.name)
    return true
  }

  private leaveSeat({ recipient, environmentId, channel }: ChatSubscription): void {
    if (channel?.kind !== 'room') return
    const { redis, log } = this.parts
    giveUpSeat(redis, environmentId, channel.roomId, recipient.holder.player_id).catch(error =>
      log.debug({ err: error }, 'a seat in a room is left to run out'),
    )
  }

  private async keepSeats(): Promise<void> {
    const { redis, log } = this.parts
    const seats = this.subscriptions
      .all()
      .map(({ recipient, environmentId, channel }) =>
        channel?.kind === 'room'
          ? keepSeat(redis, environmentId, channel.roomId, recipient.holder.player_id)
          : undefined,
      )
    await Promise.all(seats).catch(error => log.debug({ err: error }, 'seats wait for Redis'))
  }
}
