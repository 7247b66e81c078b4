import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { DataChannel, PeerConnection } from 'node-datachannel'

type Library = typeof import('node-datachannel')

/** A data channel of one client. */
export interface DatagramLine {
  readonly isOpen: boolean
  /** Bytes that the network has not taken yet. */
  readonly backlog: number
  send(bytes: Buffer): void
  close(): void
}

export interface DatagramServer extends Closable {
  /** Answers an offer; `onBytes` hears what comes once the channel is open. Rejects when the offer is none. */
  accept(
    offer: string,
    onBytes: (bytes: Buffer) => void,
  ): Promise<{ answer: string; line: DatagramLine }>
}

export interface DatagramOptions {
  bindAddress: string
  /** One UDP port for everybody; any free ones when undefined. */
  port: number | undefined
  log: Logger
}

const gatheringMs = 3_000
/** A game's states are far below; what is bigger goes by the socket. */
export const mostDatagramBytes = 16 * 1024

async function findLibrary(log: Logger): Promise<Library | undefined> {
  try {
    return await import('node-datachannel')
  } catch (error) {
    // An optional dependency: without it states go by the socket alone.
    log.info({ err: error }, 'no data channels: node-datachannel is not installed')
    return undefined
  }
}

class Line implements DatagramLine {
  private channel: DataChannel | undefined

  constructor(
    private readonly peer: PeerConnection,
    private readonly onBytes: (bytes: Buffer) => void,
    private readonly onClosed: (line: Line) => void,
  ) {
    peer.onDataChannel(channel => {
      // One is enough; more would be memory for nothing.
      if (this.channel !== undefined) channel.close()
      else this.take(channel)
    })
  }

  get isOpen(): boolean {
    return this.channel?.isOpen() === true
  }

  get backlog(): number {
    return this.channel?.bufferedAmount() ?? 0
  }

  send(bytes: Buffer): void {
    if (this.isOpen) this.channel?.sendMessageBinary(bytes)
  }

  close(): void {
    this.onClosed(this)
    this.peer.close()
  }

  private take(channel: DataChannel): void {
    this.channel = channel
    channel.onMessage(message => {
      if (Buffer.isBuffer(message)) this.onBytes(message)
      else if (message instanceof ArrayBuffer) this.onBytes(Buffer.from(message))
    })
  }
}

/**
 * The offer without what it says of the other side's addresses: this side is called and never calls, so that nobody
 * has it send packets to addresses of others.
 */
const withoutAddresses = (offer: string) =>
  offer.replaceAll(/^a=(?:candidate:|remote-candidates:|end-of-candidates).*(?:\r?\n|$)/gm, '')

/** Resolves with the local description once it names every way to this process. */
function gathered(peer: PeerConnection): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error('no candidates were found in time')),
      gatheringMs,
    )
    peer.onGatheringStateChange(state => {
      if (state !== 'complete') return
      clearTimeout(timer)
      const description = peer.localDescription()
      if (description === null) reject(new Error('no description'))
      else resolve(description.sdp)
    })
  })
}

/** Opens the way of data channels, where the library for it is installed. */
export async function openDatagrams(options: DatagramOptions): Promise<DatagramServer | undefined> {
  const { bindAddress, port, log } = options
  const library = await findLibrary(log)
  if (library === undefined) return undefined
  const lines = new Set<Line>()
  return {
    async accept(offer, onBytes) {
      const peer = new library.PeerConnection('relay', {
        iceServers: [],
        // Every address of the machine is what the library takes by itself.
        ...(bindAddress === '0.0.0.0' || bindAddress === '::' ? {} : { bindAddress }),
        maxMessageSize: mostDatagramBytes,
        ...(port === undefined
          ? {}
          : { enableIceUdpMux: true, portRangeBegin: port, portRangeEnd: port }),
      })
      const line = new Line(peer, onBytes, closed => lines.delete(closed))
      lines.add(line)
      peer.onStateChange(state => {
        if (state === 'closed' || state === 'failed') lines.delete(line)
      })
      try {
        const answer = gathered(peer)
        answer.catch(() => undefined)
        peer.setRemoteDescription(withoutAddresses(offer), 'offer')
        return { answer: await answer, line }
      } catch (error) {
        line.close()
        throw error
      }
    },
    close: async () => {
      for (const line of [...lines]) line.close()
      // Its threads would keep the process alive.
      library.cleanup()
    },
  }
}
