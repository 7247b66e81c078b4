import { assertDocument, fieldOf, isFields, isList } from './documents.js'
import { Identity } from './identity.js'
import { gapsBetween } from './list-gaps.js'
import { longestPath, pointerTo } from './pointer.js'

/** What diffs are made of, of all that JSON Patch (RFC 6902) knows. */
export type PatchOperation =
  | { op: 'add' | 'replace'; path: string; value: unknown }
  | { op: 'remove'; path: string }

/** All paths of a patch together, in characters: more than that, and the whole document is shorter. */
const mostPathCharacters = 8 * 1024 * 1024

/** Members that may come and go in one list; each costs whoever applies the patch a move of all behind it. */
const mostMoves = 4096

class Diffing {
  readonly operations: PatchOperation[] = []
  private readonly identity = new Identity()
  private pathCharacters = 0

  get isTooLong(): boolean {
    return this.pathCharacters > mostPathCharacters
  }

  at(path: string, from: unknown, to: unknown): void {
    if (this.isTooLong || from === to) return
    const isShort = path.length <= longestPath
    if (isShort && isFields(from) && isFields(to)) this.fields(path, from, to)
    else if (this.identity.same(from, to)) return
    else if (isShort && isList(from) && isList(to)) this.lists(path, from, to)
    else this.push({ op: 'replace', path, value: to })
  }

  private fields(path: string, from: object, to: object): void {
    for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
      const [before, after] = [fieldOf(from, name), fieldOf(to, name)]
      const inside = pointerTo(path, name)
      if (before !== undefined && after !== undefined) this.at(inside, before, after)
      else if (before !== undefined) this.push({ op: 'remove', path: inside })
      else if (after !== undefined) this.push({ op: 'add', path: inside, value: after })
    }
  }

  private lists(path: string, from: readonly unknown[], to: readonly unknown[]): void {
    const gaps = gapsBetween(this.namesOf(from), this.namesOf(to))
    const moves = gaps.reduce((sum, gap) => sum + Math.abs(gap.from.length - gap.to.length), 0)
    if (moves > Math.min(mostMoves, 32 + to.length)) {
      this.push({ op: 'replace', path, value: to })
      return
    }
    // From the end, so that every place means the same before and after.
    for (const gap of gaps.reverse()) {
      const shared = Math.min(gap.from.length, gap.to.length)
      for (let at = gap.from.length - 1; at >= shared; at--) {
        this.push({ op: 'remove', path: pointerTo(path, gap.from.start + at) })
      }
      for (let at = shared; at < gap.to.length; at++) {
        const value = to[gap.to.start + at]
        this.push({ op: 'add', path: pointerTo(path, gap.from.start + at), value })
      }
      for (let at = 0; at < shared; at++) {
        const place = gap.from.start + at
        this.at(pointerTo(path, place), from[place], to[gap.to.start + at])
      }
    }
  }

  private namesOf(list: readonly unknown[]): number[] {
    return list.map(member => this.identity.of(member))
  }

  private push(operation: PatchOperation): void {
    if (this.isTooLong) return
    this.pathCharacters += operation.path.length
    this.operations.push(operation)
  }
}

/**
 * What leads from one document to the other, as JSON Patch (RFC 6902): adds, removes and replacements, in an order in
 * which they can be applied. Values are shared with `to`. Throws a MergeError for what is too deep or no JSON.
 */
export function diffDocuments(from: unknown, to: unknown): PatchOperation[] {
  assertDocument(from)
  assertDocument(to)
  const diffing = new Diffing()
  diffing.at('', from, to)
  return diffing.isTooLong ? [{ op: 'replace', path: '', value: to }] : diffing.operations
}
