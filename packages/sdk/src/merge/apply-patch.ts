import type { PatchOperation } from './diff-documents.js'
import { assertDocument, copyOf, fieldOf, isFields, setField } from './documents.js'
import { MergeError } from './merge-error.js'
import { namesIn, placeIn } from './pointer.js'

const nowhere = (path: string) =>
  new MergeError('bad_pointer', `${path.slice(0, 80)} leads nowhere in this document.`)

function inside(holder: unknown, name: string): unknown {
  if (!Array.isArray(holder)) return fieldOf(holder, name)
  const place = placeIn(holder.length, name)
  return place === undefined ? undefined : holder[place]
}

function changeList(list: unknown[], name: string, operation: PatchOperation): void {
  const isAdd = operation.op === 'add'
  const place = isAdd && name === '-' ? list.length : placeIn(list.length + (isAdd ? 1 : 0), name)
  if (place === undefined) throw nowhere(operation.path)
  if (operation.op === 'remove') list.splice(place, 1)
  else list.splice(place, isAdd ? 0 : 1, copyOf(operation.value))
}

function change(holder: unknown, name: string, operation: PatchOperation): void {
  if (Array.isArray(holder)) {
    changeList(holder, name, operation)
    return
  }
  const isThere = fieldOf(holder, name) !== undefined
  if (!isFields(holder) || (operation.op !== 'add' && !isThere)) throw nowhere(operation.path)
  if (operation.op === 'remove') delete holder[name]
  else setField(holder, name, copyOf(operation.value))
}

function check(operation: PatchOperation): void {
  if (operation.op === 'remove') return
  const isKnown = operation.op === 'add' || operation.op === 'replace'
  if (isKnown && operation.value !== undefined) assertDocument(operation.value)
  else throw new MergeError('bad_patch', 'Only add, remove and replace can be applied.')
}

/** The document after a patch as `diffDocuments` makes it; the original stays as it is. All or nothing. */
export function applyPatch(document: unknown, patch: readonly PatchOperation[]): unknown {
  assertDocument(document)
  const root = { document: copyOf(document) }
  for (const operation of patch) {
    check(operation)
    const names = ['document', ...namesIn(operation.path)]
    const last = names.pop() ?? ''
    change(names.reduce(inside, root as unknown), last, operation)
  }
  return root.document
}
