/** A guard that is switched off, and the test that must notice. */
export interface Mutant {
  guard: string
  /** The source that is changed, in memory only. */
  file: string
  /** What stands there, once and exactly. */
  guarded: string
  /** What stands there instead while the guard is off. */
  open: string
  /** The file of the test, and the beginning of its title. */
  test: string
  title: string
  /** Whether the test reads letters with links. */
  readsLetters?: true
}
