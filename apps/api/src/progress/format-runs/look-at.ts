import { Problem } from '@aethex/shared/errors'
import type { Migrated } from '../../gateway/format-sandbox.js'
import {
  asStep,
  differencesOf,
  pathThrough,
  type StepRow,
  toFailure,
} from '../save-formats/service.js'
import type { Outcome } from './report.js'
import type { FindingDetail } from './schema.js'
import type { RunParts, StoredSaves, StoredVersion } from './stored-saves.js'

/** What a run goes by. */
export interface Plan {
  runId: string
  environmentId: string
  kind: 'dry' | 'apply'
  target: number
  steps: readonly StepRow[]
}

interface Led {
  outcome: Outcome
  /** What came out; there for `migrated` and `unchanged`. */
  text?: string
}

const nothing: FindingDetail = {
  code: null,
  message: null,
  failure: null,
  size_before: null,
  size_after: null,
  differences: null,
}

// A document is tried again by the job until these are over: they say nothing about the document.
const passing = new Set(['busy', 'unavailable'])

/** A refusal that is about this version; anything else is thrown on. */
function refusalOf(error: unknown): Outcome {
  if (!(error instanceof Problem) || passing.has(error.code)) throw error
  if (error.code === 'not_found') return { kind: 'gone' }
  const failure = { ...nothing, code: error.code, message: error.message }
  return { kind: 'failed', failure }
}

async function migrate(
  { formatSandbox }: RunParts,
  { environmentId, target }: Plan,
  path: readonly StepRow[],
  text: string,
): Promise<Migrated> {
  if (path.length === 0) throw new Error(`there is no way to format ${target}`)
  const steps = path.map(asStep)
  const migrated = await formatSandbox.migrate(environmentId, steps, text)
  // Time goes by for others, too: on a crowded machine a slow document gets a second chance.
  const isSlow = !migrated.ok && migrated.failure.kind === 'time'
  return isSlow ? formatSandbox.migrate(environmentId, steps, text) : migrated
}

function sampleOf(before: string, after: string, sizes: { before: number; after: number }) {
  return {
    ...nothing,
    size_before: sizes.before,
    size_after: sizes.after,
    differences: differencesOf(
      { data: JSON.parse(before), size: sizes.before },
      { data: JSON.parse(after), size: sizes.after },
    ),
  }
}

/** Leads one version through its steps; nothing is stored. */
async function lead(
  parts: RunParts,
  saves: StoredSaves,
  plan: Plan,
  version: StoredVersion,
  wantsSample: boolean,
): Promise<Led> {
  const way = pathThrough(plan.steps, version.schema_version, plan.target)
  if ('missing' in way) {
    const message = `No step leads from format ${way.missing} to ${way.missing + 1}.`
    const failure = { ...nothing, code: 'save_format_unknown', message }
    return { outcome: { kind: 'unreachable', failure } }
  }
  const bytes = await saves.load(parts, plan.environmentId, version)
  if (bytes === undefined) return { outcome: { kind: 'gone' } }
  const before = bytes.toString()
  const migrated = await migrate(parts, plan, way.path, before)
  if (!migrated.ok) {
    const { message } = migrated.failure
    const failure = toFailure(migrated.failure)
    const detail = { ...nothing, code: 'save_format_failed', message, failure }
    return { outcome: { kind: 'failed', failure: detail } }
  }
  const { text, isChanged } = migrated
  const [sizeBefore, sizeAfter] = [bytes.length, Buffer.byteLength(text)]
  const kind = isChanged ? 'migrated' : 'unchanged'
  const sizes = { before: sizeBefore, after: sizeAfter }
  const sample = isChanged && wantsSample ? { sample: sampleOf(before, text, sizes) } : {}
  return { outcome: { kind, sizeBefore, sizeAfter, ...sample }, text }
}

/** What needs no look at the content; undefined for an older document. */
function knownOutcome(version: StoredVersion, target: number): Outcome | undefined {
  if (version.deleted) return { kind: 'gone' }
  if (version.content_type !== 'application/json') return { kind: 'files' }
  if (version.schema_version > target) return { kind: 'newer' }
  return version.schema_version === target ? { kind: 'current' } : undefined
}

/** What would become of a version. */
export async function lookAt(
  parts: RunParts,
  saves: StoredSaves,
  plan: Plan,
  version: StoredVersion,
  wantsSample: boolean,
): Promise<Outcome> {
  const known = knownOutcome(version, plan.target)
  if (known !== undefined) return known
  return lead(parts, saves, plan, version, wantsSample).then(led => led.outcome, refusalOf)
}

// A player who writes faster than this is met by the next run.
const mostTries = 5

async function attempt(
  parts: RunParts,
  saves: StoredSaves,
  plan: Plan,
  head: StoredVersion,
  wantsSample: boolean,
): Promise<Outcome | undefined> {
  const { outcome, text } = await lead(parts, saves, plan, head, wantsSample)
  if (text === undefined) return outcome
  const made = { runId: plan.runId, bytes: Buffer.from(text), schemaVersion: plan.target }
  const added = await saves.append(parts, plan.environmentId, head, made)
  return added === undefined ? undefined : outcome
}

/**
 * Gives a head a new version in the run's format, on the head as it is by then: a player who writes meanwhile wins, and
 * the head is looked at anew. What this run has added before its process died is counted and left as it is.
 */
export async function bringHead(
  parts: RunParts,
  saves: StoredSaves,
  plan: Plan,
  found: StoredVersion,
  wantsSample: boolean,
): Promise<Outcome> {
  let head: StoredVersion | undefined = found
  for (let tries = 0; tries < mostTries; tries++) {
    const known = head === undefined ? ({ kind: 'gone' } as const) : knownOutcome(head, plan.target)
    if (head === undefined || known !== undefined) {
      const isOurs = known?.kind === 'current' && head !== undefined && head.migrated_from !== null
      const own = isOurs
        ? await saves.added(parts, plan.environmentId, head ?? found, plan.runId)
        : undefined
      if (own === undefined) return known ?? { kind: 'gone' }
      return { kind: 'migrated', sizeBefore: own.baseSize, sizeAfter: own.size }
    }
    const outcome = await attempt(parts, saves, plan, head, wantsSample).catch(refusalOf)
    if (outcome !== undefined) return outcome
    head = await saves.head(plan.environmentId, parts.db, found)
  }
  return { kind: 'overtaken' }
}
