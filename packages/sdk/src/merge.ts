// Conflicts of saves: what the server and the SDK decide by, in one place. Pure: no I/O, no clock, no dependency.
export { type Answer, type Answers, applyAnswers } from './merge/apply-answers.js'
export { applyPatch } from './merge/apply-patch.js'
export { diffDocuments, type PatchOperation } from './merge/diff-documents.js'
export {
  type FieldPreview,
  type MergedDocument,
  type MergeInput,
  mergeDocuments,
  type Side,
} from './merge/merge-documents.js'
export { MergeError, type MergeErrorCode } from './merge/merge-error.js'
export {
  type ConflictedSide,
  type ConflictedSides,
  type ConflictStrategy,
  newerSide,
  type ResolvedConflict,
  resolveConflict,
} from './merge/resolve-conflict.js'
export {
  checkMergeRules,
  type DeclaredRule,
  type FieldRule,
  type MergeRules,
} from './merge/rules.js'
