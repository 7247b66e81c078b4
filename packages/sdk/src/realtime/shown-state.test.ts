import { expect, test } from 'vitest'
import { createShownState } from './shown-state.js'

test('only what differs from what was sent is due', () => {
  const shown = createShownState()
  const at = { x: 1 }
  expect(shown.changeTo({})).toEqual({ state: {} })
  shown.show({ at, hp: 3 })
  expect(shown.changeTo({ at, hp: 3 })).toBeUndefined()
  // The game goes on with the same object.
  at.x = 2
  expect(shown.changeTo({ at, hp: 3 })).toEqual({ state: { at: { x: 2 } } })
  expect(shown.changeTo({ hp: 3 })).toEqual({ state: {}, removed: ['at'] })
})

test('what may have been lost is due again, also when it looks as before', () => {
  const shown = createShownState()
  shown.show({ jumping: false, hp: 3 })
  shown.mayHaveShown({ jumping: true, hp: 3 })
  expect(shown.changeTo({ jumping: true, hp: 3 })).toEqual({ state: { jumping: true } })
  expect(shown.changeTo({ jumping: false, hp: 3 })).toEqual({ state: { jumping: false } })
})

test('a field that may have been shown is taken away', () => {
  const shown = createShownState()
  shown.mayHaveShown({ x: 1, glow: true })
  expect(shown.changeTo({ x: 1 })).toEqual({ state: { x: 1 }, removed: ['glow'] })
})

test('in doubt everything is shown again, and what went meanwhile is taken away', () => {
  const shown = createShownState()
  shown.show({ x: 1, y: 2 })
  shown.doubt()
  expect(shown.changeTo({ x: 1 })).toEqual({ state: { x: 1 }, removed: ['y'] })
  shown.clear()
  expect(shown.changeTo({ x: 1 })).toEqual({ state: { x: 1 } })
})
