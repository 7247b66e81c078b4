import { z } from 'zod'
import type { FindingDetail } from './schema.js'

/** What became of one version. */
export type Outcome =
  | {
      kind: 'migrated' | 'unchanged'
      sizeBefore: number
      sizeAfter: number
      sample?: FindingDetail
    }
  | { kind: 'failed' | 'unreachable'; failure: FindingDetail }
  | { kind: 'current' | 'newer' | 'files' | 'gone' | 'overtaken' }

const Counts = z.object({
  found: z.int(),
  migrated: z.int(),
  unchanged: z.int(),
  failed: z.int(),
  sampled: z.int(),
})

/** The report as it is stored. */
export const StoredReport = z.object({
  total: z.int().nullable(),
  looked_at: z.int(),
  migrated: z.int(),
  unchanged: z.int(),
  current: z.int(),
  newer: z.int(),
  unreachable: z.int(),
  failed: z.int(),
  files: z.int(),
  gone: z.int(),
  overtaken: z.int(),
  size_before: z.int(),
  size_after: z.int(),
  formats: z.record(z.string(), Counts),
  /** Findings that are kept: failures, and samples. */
  kept_failures: z.int(),
  kept_samples: z.int(),
})
export type StoredReport = z.output<typeof StoredReport>

const mostFormats = 100
const mostFailures = 100
// So that the samples are not all of the format that comes first.
const samplesOfAFormat = 5

export const emptyReport = (total: number | null): StoredReport => ({
  total,
  looked_at: 0,
  migrated: 0,
  unchanged: 0,
  current: 0,
  newer: 0,
  unreachable: 0,
  failed: 0,
  files: 0,
  gone: 0,
  overtaken: 0,
  size_before: 0,
  size_after: 0,
  formats: {},
  kept_failures: 0,
  kept_samples: 0,
})

const none = { found: 0, migrated: 0, unchanged: 0, failed: 0, sampled: 0 }

/** Whether another difference of a document of that format is wanted. */
export const wantsSample = (report: StoredReport, samples: number, format: number) =>
  report.kept_samples < samples && (report.formats[format]?.sampled ?? 0) < samplesOfAFormat

export const wantsFailure = (report: StoredReport) => report.kept_failures < mostFailures

/** The report with one more version in it. */
export function counted(report: StoredReport, format: number, outcome: Outcome): StoredReport {
  const { kind } = outcome
  const own = report.formats[format] ?? none
  const isFailure = kind === 'failed' || kind === 'unreachable'
  const isLed = kind === 'migrated' || kind === 'unchanged'
  const sampled = isLed && outcome.sample !== undefined ? 1 : 0
  const isKnown = format in report.formats || Object.keys(report.formats).length < mostFormats
  const counts = {
    found: own.found + 1,
    migrated: own.migrated + (kind === 'migrated' ? 1 : 0),
    unchanged: own.unchanged + (kind === 'unchanged' ? 1 : 0),
    failed: own.failed + (isFailure ? 1 : 0),
    sampled: own.sampled + sampled,
  }
  return {
    ...report,
    looked_at: report.looked_at + 1,
    [kind]: report[kind] + 1,
    size_before: report.size_before + (isLed ? outcome.sizeBefore : 0),
    size_after: report.size_after + (isLed ? outcome.sizeAfter : 0),
    formats: isKnown ? { ...report.formats, [format]: counts } : report.formats,
    kept_failures: report.kept_failures + (isFailure && wantsFailure(report) ? 1 : 0),
    kept_samples: report.kept_samples + sampled,
  }
}

/** As the wire shows it. */
export function toReport(stored: unknown) {
  const { formats, ...report } = StoredReport.parse(stored)
  return {
    ...report,
    formats: Object.entries(formats).map(([format, { sampled: _, ...counts }]) => ({
      schema_version: Number(format),
      ...counts,
    })),
  }
}
