import type { Closable } from '@aethex/shared/lifecycle'

/** A studio's own code that brings a document from `fromVersion` to the next format. */
export interface FormatStep {
  fromVersion: number
  /** An ECMAScript module whose default export takes a document and answers the new one. */
  source: string
}

/** What kept a step from answering: its text, what it threw, a bound that it ran into, or what it answered. */
export const formatFailures = [
  'source',
  'threw',
  'work',
  'time',
  'memory',
  'stack',
  'answer',
  'crashed',
] as const

export interface FormatFailure {
  fromVersion: number
  kind: (typeof formatFailures)[number]
  /** For people; it may quote the document. */
  message: string
  /** Where in the step's source, when that is known; counted from 1. */
  line: number | null
  column: number | null
}

export type Migrated =
  | {
      ok: true
      /** The new document as JSON. */
      text: string
      /** Whether it is another document than the one that went in. */
      isChanged: boolean
    }
  | { ok: false; failure: FormatFailure }

/** Runs the code of studios where it can reach nothing, in threads of its own. */
export interface FormatSandbox extends Closable {
  /** Whether this is a step at all; undefined when it is. Throws `busy` when too many wait already. */
  inspect(environmentId: string, step: FormatStep): Promise<FormatFailure | undefined>
  /** Leads a document, given as JSON, through the steps one after the other. Throws `busy`. */
  migrate(environmentId: string, steps: readonly FormatStep[], text: string): Promise<Migrated>
}
