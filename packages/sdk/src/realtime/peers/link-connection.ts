import { createNegotiation, type NegotiationKind } from './negotiation.js'

/** `reliable` is in order and without loss, `latest` may lose and never waits. */
export type ChannelName = 'reliable' | 'latest'

/** One connection of a link with its negotiation and its data channels, from its first offer to its end. */
export interface LinkConnection {
  readonly connection: RTCPeerConnection
  /** The two ends reach each other. */
  isUp(): boolean
  /** It does not come back: one end has closed it, or given up on its channels. */
  hasEnded(): boolean
  /** A data channel that is open now. */
  channel(name: ChannelName): RTCDataChannel | undefined
  hear(kind: NegotiationKind, data: Record<string, unknown>): void
  /** Says again what the other end may have missed. */
  repeat(): void
  /** Looks for another way between the ends; false where that is not to be had. */
  restart(): boolean
  /** Other servers for the tries to come; false when this connection keeps those it has. */
  reconfigure(configuration: RTCConfiguration): boolean
  close(): void
}

interface LinkConnectionParts {
  connection: RTCPeerConnection
  polite: boolean
  send(kind: NegotiationKind, data: Record<string, unknown>): void
  /** It may be up, down or ended now. */
  onState(): void
  /** Bytes from a data channel, or one that has opened or caught up (`data` is undefined). */
  onChannel(name: ChannelName, data: unknown): void
}

const channels: Record<ChannelName, RTCDataChannelInit> = {
  reliable: { ordered: true },
  latest: { ordered: false, maxRetransmits: 0 },
}

const isChannelName = (label: string): label is ChannelName => label in channels

export function createLinkConnection(parts: LinkConnectionParts): LinkConnection {
  const { connection, polite, send, onState } = parts
  const negotiation = createNegotiation({ connection, polite, send })
  const opened = new Map<ChannelName, RTCDataChannel>()
  let isClosed = false
  /** A channel that was open has closed: what is left of the connection carries nothing. */
  let isBroken = false

  const hasEnded = () => isBroken || connection.connectionState === 'closed'

  function adopt(channel: RTCDataChannel): void {
    const name = channel.label
    if (!isChannelName(name)) return
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = 64 * 1024
    const tell = (data: unknown) => {
      if (!isClosed) parts.onChannel(name, data)
    }
    const open = () => {
      opened.set(name, channel)
      tell(undefined)
    }
    channel.addEventListener('message', ({ data }) => tell(data))
    channel.addEventListener('bufferedamountlow', () => tell(undefined))
    channel.addEventListener('close', () => {
      if (isClosed || opened.get(name) !== channel) return
      opened.delete(name)
      isBroken = true
      onState()
    })
    if (channel.readyState === 'open') open()
    else channel.addEventListener('open', open)
  }

  const onChannel = ({ channel }: RTCDataChannelEvent) => adopt(channel)
  connection.addEventListener('connectionstatechange', onState)
  connection.addEventListener('datachannel', onChannel)
  if (!polite) {
    for (const name of Object.keys(channels).filter(isChannelName)) {
      adopt(connection.createDataChannel(name, channels[name]))
    }
  }

  return {
    connection,
    isUp: () => !isBroken && connection.connectionState === 'connected',
    hasEnded,
    channel(name) {
      const channel = opened.get(name)
      return channel?.readyState === 'open' ? channel : undefined
    },
    hear: negotiation.hear,
    repeat: negotiation.repeat,
    restart() {
      try {
        connection.restartIce()
        return true
      } catch {
        // Not every implementation can.
        return false
      }
    },
    reconfigure(configuration) {
      try {
        connection.setConfiguration(configuration)
        return true
      } catch {
        return false
      }
    },
    close() {
      isClosed = true
      negotiation.close()
      connection.removeEventListener('connectionstatechange', onState)
      connection.removeEventListener('datachannel', onChannel)
      opened.clear()
      connection.close()
    },
  }
}
