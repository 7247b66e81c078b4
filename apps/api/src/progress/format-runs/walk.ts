import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { listRevisions } from '../save-formats/service.js'
import { bringHead, lookAt, type Plan } from './look-at.js'
import { counted, type Outcome, StoredReport, wantsFailure, wantsSample } from './report.js'
import { StepRefs } from './schema.js'
import { addFindingRow, endRun, noteProgress, type RunRow } from './store.js'
import type { RunParts, StoredSaves, StoredVersion, VersionPlace } from './stored-saves.js'

const pageSize = 100
/** How long a run is kept from others after its last sign of life. */
export const leaseMs = 30_000
/** Progress is written down so often where nothing else is written. */
const noteEveryMs = 500

const placeOf = ({ player_id, save_id, version }: VersionPlace): VersionPlace => ({
  player_id,
  save_id,
  version,
})

const leaseFrom = ({ now }: RunParts) => new Date(now().getTime() + leaseMs)

/** A run as one process leads it on, from where it was left. */
class Walk {
  private report: StoredReport
  private notedAt = performance.now()
  private unnoted: { version: StoredVersion; outcome: Outcome; isKept: boolean }[] = []

  constructor(
    private readonly parts: RunParts,
    private readonly saves: StoredSaves,
    private readonly run: RunRow,
    private readonly plan: Plan,
  ) {
    this.report = StoredReport.parse(run.report)
  }

  /** Answers whether the run is over: done, or no more this process's to lead. */
  async goOn(isOver: () => boolean): Promise<boolean> {
    await this.countAll()
    const startedAt = performance.now()
    let position = this.run.position ?? undefined
    for (let walked = 0; ; ) {
      const page = await this.pageAfter(position)
      for (const version of page) {
        if (isOver()) return !(await this.note())
        await this.keepPace(startedAt, walked++)
        if (!(await this.take(version))) return true
        position = version
      }
      if (page.length < pageSize) return this.finish()
    }
  }

  private async countAll(): Promise<void> {
    if (this.report.total !== null || this.run.position !== null) return
    const which = this.plan.kind === 'dry' ? 'versions' : 'heads'
    const total = await this.saves.count(this.plan.environmentId, this.parts.db, which)
    this.report = { ...this.report, total: total ?? null }
  }

  private pageAfter(position: StoredVersion | RunRow['position'] | undefined) {
    const { kind, environmentId } = this.plan
    const after = position ?? undefined
    return kind === 'dry'
      ? this.saves.versionsAfter(environmentId, this.parts.db, after, pageSize)
      : this.saves.headsAfter(environmentId, this.parts.db, after, pageSize)
  }

  private async keepPace(startedAt: number, walked: number): Promise<void> {
    const dueAt = startedAt + (walked * 1_000) / this.run.per_second
    const early = dueAt - performance.now()
    if (early > 1) await sleep(early)
  }

  /** False when the run is no more this process's to lead. */
  private async take(version: StoredVersion): Promise<boolean> {
    const sample = wantsSample(this.report, this.run.samples, version.schema_version)
    const work = this.plan.kind === 'dry' ? lookAt : bringHead
    const outcome = await work(this.parts, this.saves, this.plan, version, sample)
    const isKept = 'failure' in outcome ? wantsFailure(this.report) : 'sample' in outcome
    this.unnoted.push({ version, outcome, isKept })
    this.report = counted(this.report, version.schema_version, outcome)
    const isWritten = this.plan.kind === 'apply' && 'sizeAfter' in outcome
    const isLate = performance.now() - this.notedAt > noteEveryMs
    return isWritten || isLate ? this.note() : true
  }

  /** Writes down how far it is, and what it found; false when another has the run, or it is to go on no more. */
  private async note(): Promise<boolean> {
    const last = this.unnoted.at(-1)
    if (last === undefined) return true
    const position = placeOf(last.version)
    const leasedUntil = leaseFrom(this.parts)
    const isMine = await this.parts.db.transaction(async tx => {
      const progress = { position, report: this.report, leasedUntil }
      if ((await noteProgress(this.run, tx, progress)) === undefined) return false
      for (const { version, outcome, isKept } of this.unnoted) {
        if (isKept) await this.keep(tx, version, outcome)
      }
      return true
    })
    this.unnoted = []
    this.notedAt = performance.now()
    return isMine
  }

  private async keep(tx: Db, version: StoredVersion, outcome: Outcome): Promise<void> {
    const detail = 'failure' in outcome ? outcome.failure : 'sample' in outcome && outcome.sample
    if (!detail) return
    const kind = 'failure' in outcome ? 'failed' : 'sample'
    const { environmentId, runId } = this.plan
    await addFindingRow(environmentId, tx, runId, { ...version, kind, detail })
  }

  private async finish(): Promise<boolean> {
    if (await this.note()) await finishRun(this.parts, this.run, 'done', null)
    return true
  }
}

/** Ends a run for good, and writes down that it has. */
export async function finishRun(
  { db, now }: RunParts,
  run: RunRow,
  state: 'done' | 'failed',
  reason: string | null,
): Promise<void> {
  await db.transaction(async tx => {
    const ended = await endRun(run, tx, { state, reason, now: now() })
    if (ended === undefined) return
    const { migrated, unchanged, failed } = StoredReport.parse(ended.report)
    await audit(tx, {
      environmentId: run.environment_id,
      actor: { kind: 'job', id: run.id },
      action: 'save_formats.end_run',
      target: run.id,
      details: { kind: run.kind, state, migrated, unchanged, failed },
      requestId: run.id,
    })
  })
}

/** Leads a run on until `isOver`; answers whether there is nothing left of it to do for this process. */
export async function leadOn(
  parts: RunParts,
  saves: StoredSaves,
  run: RunRow,
  isOver: () => boolean,
): Promise<boolean> {
  const refs = StepRefs.parse(run.steps)
  const steps = await listRevisions(run.environment_id, parts.db, refs)
  if (steps.length < refs.length) {
    await finishRun(parts, run, 'failed', 'A revision of a step that the run goes by is gone.')
    return true
  }
  const plan = {
    runId: run.id,
    environmentId: run.environment_id,
    kind: run.kind,
    target: run.schema_version,
    steps,
  }
  return new Walk(parts, saves, run, plan).goOn(isOver)
}
