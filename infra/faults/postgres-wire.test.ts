import { expect, test } from 'vitest'
import { createSplitter, failure, simpleQuery, statementOf } from './postgres-wire.js'

/** A Parse or Bind message: two texts, and what else belongs to it. */
function message(type: string, first: string, second: string): Buffer {
  const body = Buffer.concat([Buffer.from(`${first}\0${second}\0`), Buffer.alloc(2)])
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const startup = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0])

test('cuts a stream into its messages, wherever the packets end', () => {
  const stream = Buffer.concat([startup, simpleQuery('BEGIN'), simpleQuery('COMMIT')])
  for (let size = 1; size <= stream.length; size++) {
    const split = createSplitter(true)
    const found = []
    for (let at = 0; at < stream.length; at += size) {
      found.push(...split(stream.subarray(at, at + size)))
    }
    expect(found.map(({ type }) => type)).toEqual(['', 'Q', 'Q'])
    expect(found.map(statementOf)).toEqual(['', 'BEGIN', 'COMMIT'])
    expect(Buffer.concat(found.map(({ bytes }) => bytes))).toEqual(stream)
  }
})

test('reads the name of a statement, or its SQL', () => {
  const [parse, bind] = createSplitter(false)(
    Buffer.concat([message('P', 'saves.head', 'SELECT 1'), message('B', '', 'saves.head')]),
  )
  expect(parse && statementOf(parse)).toBe('saves.head SELECT 1')
  expect(bind && statementOf(bind)).toBe('saves.head')
})

test('says a failure as the server does: the error, then that it is ready', () => {
  const [error, ready] = createSplitter(false)(failure('53100', 'No space left on device', 'E'))
  expect(error?.type).toBe('E')
  expect(error?.bytes.toString()).toContain('C53100\0MNo space left on device\0')
  expect(ready?.bytes.toString('latin1', 5)).toBe('E')
})
