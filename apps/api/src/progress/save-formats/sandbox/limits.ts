const mebibyte = 1_048_576

/** A document is as large as a save may be that is written in one request. */
export const mostBytes = 8 * mebibyte

// QuickJS counts its memory too low in WebAssembly, so the memory itself is bounded: it grows to 128 MiB, which is
// what a document of 8 MiB takes when it is read, changed and written in UTF-16.
export const memoryPages = { initial: 256, maximum: 2_048 }

/** Deeper than any document, and shallower than what the thread itself has. */
export const stackBytes = 262_144

/**
 * QuickJS asks after every 10,000 rounds of loops and calls. So much work is refused on every machine alike, however
 * busy it is; the time is there for what works long without asking.
 */
export const mostAsked = 2_000
const stepMs = 2_000
/** Reading and writing a large document takes time of its own. */
export const stepMsFor = (characters: number) => stepMs + Math.ceil((characters / mebibyte) * 500)
/** All steps of a document together. */
export const chainMs = 20_000
