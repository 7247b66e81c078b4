/** Something a person can act on: its message is one or two sentences, shown without a stack. */
export class Trouble extends Error {
  override readonly name = 'Trouble'
}

/** The sentence of anything that was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
