const inTerminal = process.stdout.isTTY === true

/** Tells what is being done: a line that moves in a terminal, one line per subject elsewhere. */
export interface Progress {
  /** A new subject. */
  begin(subject: string): void
  /** How far it is; shown in a terminal only. */
  turn(what: string): void
  /** Something to keep on the screen. */
  print(text: string): void
}

export function createProgress(out: NodeJS.WriteStream = process.stdout): Progress {
  let subject = ''
  const clear = () => (inTerminal ? out.write('\r\x1b[K') : undefined)
  const draw = (text: string) => {
    clear()
    out.write(`  ${text.slice(0, Math.max(20, (out.columns || 80) - 4))}`)
  }
  return {
    begin(next) {
      subject = next
      if (inTerminal) draw(`${subject} …`)
      else out.write(`  ${subject} …\n`)
    },
    turn(what) {
      if (inTerminal) draw(`${subject} … ${what}`)
    },
    print(text) {
      clear()
      out.write(`${text}\n`)
    },
  }
}
