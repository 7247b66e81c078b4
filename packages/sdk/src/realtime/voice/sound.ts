import type { ListenerPose, Position } from './events.js'

/** What is heard in this page, and how loud everybody is. */
export interface Sound {
  /** The player's gesture may be needed before a page may sound: called within it. */
  wake(): void
  play(playerId: string, track: MediaStreamTrack): void
  stop(playerId: string): void
  /** 0 is silent, 1 as it came, above 1 louder. */
  setVolume(playerId: string, volume: number): void
  /** Where the voice comes from; null for nowhere in particular. */
  setPosition(playerId: string, position: Position | null): void
  setListener(pose: ListenerPose): void
  /** This player's own microphone, to measure; it is not played. */
  measureOwn(track: MediaStreamTrack): void
  /** The effective value of the last 40 ms, from 0 to 1, before volume; '' stands for this player. */
  levels(): [playerId: string, level: number][]
  close(): void
}

interface Voice {
  source: MediaStreamAudioSourceNode
  meter: AnalyserNode
  gain: GainNode
  panner: PannerNode | undefined
  element: HTMLAudioElement
}

const own = ''
const meterSize = 2048

export function createSound(): Sound {
  const context = new AudioContext({ latencyHint: 'interactive' })
  const voices = new Map<string, Voice>()
  const samples = new Float32Array(meterSize)
  let ownSource: { source: MediaStreamAudioSourceNode; meter: AnalyserNode } | undefined

  function metered(stream: MediaStream) {
    const source = context.createMediaStreamSource(stream)
    const meter = context.createAnalyser()
    meter.fftSize = meterSize
    source.connect(meter)
    return { source, meter }
  }

  function route({ gain, panner }: Voice): void {
    gain.disconnect()
    if (panner === undefined) gain.connect(context.destination)
    else gain.connect(panner).connect(context.destination)
  }

  function stop(playerId: string): void {
    const voice = voices.get(playerId)
    if (voice === undefined) return
    voices.delete(playerId)
    voice.source.disconnect()
    voice.gain.disconnect()
    voice.panner?.disconnect()
    voice.element.srcObject = null
  }

  function levelOf(meter: AnalyserNode): number {
    meter.getFloatTimeDomainData(samples)
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
  }

  return {
    wake: () => void context.resume().catch(() => {}),
    play(playerId, track) {
      stop(playerId)
      const stream = new MediaStream([track])
      // Chromium decodes a remote track only for an element; what is heard comes from the graph.
      const element = new Audio()
      element.muted = true
      element.srcObject = stream
      element.play().catch(() => {})
      const gain = context.createGain()
      const voice = { ...metered(stream), gain, panner: undefined, element }
      voice.source.connect(gain)
      voices.set(playerId, voice)
      route(voice)
    },
    stop,
    setVolume(playerId, volume) {
      // A step would click.
      voices.get(playerId)?.gain.gain.setTargetAtTime(volume, context.currentTime, 0.015)
    },
    setPosition(playerId, position) {
      const voice = voices.get(playerId)
      if (voice === undefined) return
      if (position === null) {
        voice.panner?.disconnect()
        voice.panner = undefined
        route(voice)
        return
      }
      if (voice.panner === undefined) {
        voice.panner = context.createPanner()
        voice.panner.panningModel = 'HRTF'
        route(voice)
      }
      const { positionX, positionY, positionZ } = voice.panner
      place([positionX, positionY, positionZ], position)
    },
    setListener({ position, forward, up }) {
      const { listener } = context
      const ahead = forward ?? { x: 0, y: 0, z: -1 }
      const above = up ?? { x: 0, y: 1, z: 0 }
      if (listener.positionX === undefined) {
        // Firefox.
        listener.setPosition(position.x, position.y, position.z)
        listener.setOrientation(ahead.x, ahead.y, ahead.z, above.x, above.y, above.z)
        return
      }
      place([listener.positionX, listener.positionY, listener.positionZ], position)
      place([listener.forwardX, listener.forwardY, listener.forwardZ], ahead)
      place([listener.upX, listener.upY, listener.upZ], above)
    },
    measureOwn(track) {
      ownSource?.source.disconnect()
      ownSource = metered(new MediaStream([track]))
    },
    levels() {
      const all: [string, number][] = [...voices].map(([id, { meter }]) => [id, levelOf(meter)])
      if (ownSource !== undefined) all.push([own, levelOf(ownSource.meter)])
      return all
    },
    close() {
      for (const playerId of [...voices.keys()]) stop(playerId)
      ownSource?.source.disconnect()
      context.close().catch(() => {})
    },
  }
}

function place([x, y, z]: [AudioParam, AudioParam, AudioParam], to: Position): void {
  x.value = to.x
  y.value = to.y
  z.value = to.z
}
