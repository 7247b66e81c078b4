import { assertDocument, copyOf, fieldOf, isFields, setField } from './documents.js'
import type { FieldPreview } from './merge-documents.js'
import { MergeError } from './merge-error.js'
import { namesIn, placeIn } from './pointer.js'

/** Whose value a field takes, or another one. */
export type Answer = 'mine' | 'theirs' | { value: unknown }

/** What the player has decided, by the path of what was asked. */
export type Answers = Readonly<Record<string, Answer>>

/** Stands where a member was taken out, so that the places of the others hold until the end. */
const gone = Symbol('gone')

function chosen(ask: FieldPreview, answer: Answer): unknown {
  if (answer === 'mine' || answer === 'theirs') return ask[answer]
  if (isFields(answer) && answer.value !== undefined) return answer.value
  throw new MergeError('bad_answer', `The answer for ${ask.path} must be mine, theirs or a value.`)
}

class Answering {
  private readonly shortened = new Set<unknown[]>()

  constructor(private readonly root: { document: unknown }) {}

  set(path: string, value: unknown): void {
    const names = ['document', ...namesIn(path)]
    const last = names.pop()
    let holder: unknown = this.root
    for (const name of names) {
      const place = Array.isArray(holder) ? placeIn(holder.length, name) : undefined
      holder = Array.isArray(holder) ? holder[place ?? -1] : fieldOf(holder, name)
    }
    if (last === undefined || !this.setIn(holder, last, value)) {
      throw new MergeError('bad_pointer', `${path} leads nowhere in this document.`)
    }
  }

  private setIn(holder: unknown, name: string, value: unknown): boolean {
    if (Array.isArray(holder)) {
      const place = placeIn(holder.length, name)
      if (place === undefined) return false
      if (value === undefined) this.shortened.add(holder)
      holder[place] = value === undefined ? gone : value
      return true
    }
    if (!isFields(holder)) return false
    if (value === undefined) delete holder[name]
    else setField(holder, name, value)
    return true
  }

  closeGaps(): void {
    for (const list of this.shortened) {
      let kept = 0
      for (const member of list) if (member !== gone) list[kept++] = member
      list.length = kept
    }
  }
}

/**
 * The merged document with what the player has decided; fields without an answer keep their newer value.
 * @param asks as `mergeDocuments` has told them for this very document
 */
export function applyAnswers(
  merged: unknown,
  asks: readonly FieldPreview[],
  answers: Answers,
): unknown {
  const asked = new Map(asks.map(ask => [ask.path, ask]))
  assertDocument(merged)
  const root = { document: copyOf(merged) }
  const answering = new Answering(root)
  for (const [path, answer] of Object.entries(answers)) {
    const ask = asked.get(path)
    if (ask === undefined) throw new MergeError('bad_answer', `${path} was not asked for.`)
    const value = chosen(ask, answer)
    if (value !== undefined) assertDocument(value)
    answering.set(path, copyOf(value))
  }
  answering.closeGaps()
  return root.document
}
