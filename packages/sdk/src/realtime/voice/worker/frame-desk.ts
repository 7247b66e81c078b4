import { FrameOpener } from '../frames/opener.js'
import { FrameSealer } from '../frames/sealer.js'
import type {
  EncodedFrame,
  FaultReport,
  FrameStreams,
  Pipe,
  WorkerOrder,
  WorkerReport,
} from './messages.js'

type Step = (frame: EncodedFrame) => Promise<ArrayBuffer | undefined>

const reportEveryMs = 1_000

/**
 * What the worker does: seals what goes out, opens what comes in, and lets nothing else pass. A frame that cannot be
 * sealed or opened is dropped; there is no way through in clear.
 */
export class FrameDesk {
  private sealer: FrameSealer | undefined
  private readonly openers = new Map<string, FrameOpener>()
  private isSilent = false
  private readonly untold = new Map<string, { report: FaultReport; toldAt: number }>()

  constructor(
    private readonly tell: (report: WorkerReport) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  obey(order: WorkerOrder): void {
    if (order.type === 'begin') this.begin(order.player_id)
    else if (order.type === 'own_key') this.sealer?.use(order.key_id, order.key)
    else if (order.type === 'member_key') {
      this.openerOf(order.player_id).add(order.key_id, order.key)
    } else if (order.type === 'forget') this.openers.delete(order.player_id)
    else if (order.type === 'silence') this.isSilent = order.silent
    else this.carry(order.pipe, order)
  }

  /** Takes over the frames of one sender or receiver. */
  carry(pipe: Pipe, { readable, writable }: FrameStreams): void {
    const step: Step =
      pipe.direction === 'out' ? frame => this.seal(frame) : frame => this.open(pipe, frame)
    let isFirst = pipe.direction === 'out'
    const tellFirst = () => {
      if (isFirst && pipe.direction === 'out') {
        this.tell({ type: 'passing', pipe_id: pipe.pipe_id })
      }
      isFirst = false
    }
    const through = new TransformStream<EncodedFrame, EncodedFrame>({
      async transform(frame, controller) {
        tellFirst()
        const data = await step(frame)
        if (data === undefined) return
        frame.data = data
        controller.enqueue(frame)
      },
    })
    // It ends when the connection does.
    readable
      .pipeThrough(through)
      .pipeTo(writable)
      .catch(() => {})
  }

  /** No key of another stay is of use in this one. */
  private begin(playerId: string): void {
    this.sealer = new FrameSealer(playerId)
    this.openers.clear()
    this.isSilent = false
  }

  private openerOf(playerId: string): FrameOpener {
    const known = this.openers.get(playerId)
    if (known !== undefined) return known
    const opener = new FrameOpener(playerId)
    this.openers.set(playerId, opener)
    return opener
  }

  private async seal({ data }: EncodedFrame): Promise<ArrayBuffer | undefined> {
    if (this.isSilent) return undefined
    return (await this.sealer?.seal(data))?.buffer
  }

  private async open(
    { player_id: playerId }: { player_id: string },
    { data }: EncodedFrame,
  ): Promise<ArrayBuffer | undefined> {
    const opener = this.openers.get(playerId)
    const opened = (await opener?.open(new Uint8Array(data))) ?? { fault: 'unknown_key' }
    if ('plain' in opened) return opened.plain
    this.note({ type: 'fault', player_id: playerId, fault: opened.fault, count: 1 })
    return undefined
  }

  private note(report: FaultReport): void {
    const key = `${report.fault} ${report.player_id}`
    const known = this.untold.get(key)
    const entry = known ?? { report, toldAt: Number.NEGATIVE_INFINITY }
    if (known === undefined) this.untold.set(key, entry)
    else entry.report.count++
    if (this.now() - entry.toldAt < reportEveryMs) return
    this.tell({ ...entry.report })
    entry.toldAt = this.now()
    entry.report.count = 0
  }
}
