import { FrameDesk } from './frame-desk.js'
import type { FrameStreams, Pipe, WorkerOrder } from './messages.js'

/** The parts of a worker's global scope that this one uses; the library of a page does not know them. */
interface VoiceWorkerScope {
  postMessage(message: unknown): void
  onmessage: ((event: { data: WorkerOrder }) => void) | null
  onrtctransform: ((event: { transformer: FrameStreams & { options: Pipe } }) => void) | null
}

declare const self: VoiceWorkerScope

const desk = new FrameDesk(report => self.postMessage(report))

self.onmessage = ({ data }) => desk.obey(data)
self.onrtctransform = ({ transformer }) => desk.carry(transformer.options, transformer)
