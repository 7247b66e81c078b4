import { createPipe, type NetworkConditions, type Pipe } from './network-pipe.js'
import { type DatagramChannel, SimulatedChannel } from './simulated-channel.js'
import { SimulatedSocket } from './simulated-socket.js'
import { findWebSocket, type WebSocketMaker } from './web-socket.js'

/** A network as players have it, on a developer's desk. */
export interface NetworkSimulator {
  /** Every socket made by it has these conditions: `createCloud({ …, WebSocket: network.WebSocket })`. */
  readonly WebSocket: WebSocketMaker
  /** An unreliable data channel with these conditions: what is lost is gone, what is late may come out of order. */
  channel(inner: DatagramChannel): DatagramChannel
  conditions(): NetworkConditions
  /** Other conditions from now on, also for what is open. Replaces all of them: `{}` is a perfect network. */
  change(conditions: NetworkConditions): void
}

export interface NetworkSimulatorOptions {
  /** The same seed has the same luck; 1 unless said. */
  seed?: number
  /** What is simulated upon; the platform's own unless given. */
  WebSocket?: WebSocketMaker
}

/** Luck that can be repeated: a number from 0 up to 1 with every call (the generator mulberry32). */
export function createLuck(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Simulates a network of these conditions; requests over HTTP are not touched. */
export function createNetworkSimulator(
  conditions: NetworkConditions = {},
  options: NetworkSimulatorOptions = {},
): NetworkSimulator {
  let current = conditions
  const luck = createLuck(options.seed ?? 1)
  /** Of what is open. */
  const pipes = new Set<Pipe>()

  /** There and back, and how they end. */
  function openPipes(isReliable: boolean): [Pipe, Pipe, () => void] {
    const parts = { isReliable, luck, conditions: () => current }
    const out = createPipe(parts)
    const back = createPipe(parts)
    pipes.add(out).add(back)
    const onEnd = () => {
      pipes.delete(out)
      pipes.delete(back)
    }
    return [out, back, onEnd]
  }

  class Simulated extends SimulatedSocket {
    constructor(url: string, protocols: string[]) {
      const Maker = findWebSocket(options.WebSocket)
      super(new Maker(url, protocols), ...openPipes(true))
    }
  }

  return {
    WebSocket: Simulated,
    channel: inner => new SimulatedChannel(inner, ...openPipes(false)),
    conditions: () => current,
    change(next) {
      current = next
      for (const pipe of pipes) pipe.change()
    },
  }
}
