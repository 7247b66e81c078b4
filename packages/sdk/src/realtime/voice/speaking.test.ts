import { expect, test } from 'vitest'
import { SpeakingWatch } from './speaking.js'

function watch() {
  const told: string[] = []
  const speaking = new SpeakingWatch((id, is) => told.push(`${id} ${is ? 'speaks' : 'stops'}`))
  return { told, speaking }
}

test('who is loud speaks, and stops only after a pause', () => {
  const { told, speaking } = watch()
  speaking.look([['ada', 0.2]], 0)
  speaking.look([['ada', 0]], 100)
  speaking.look([['ada', 0.1]], 300)
  speaking.look([['ada', 0.001]], 650)
  expect([told, speaking.isSpeaking('ada')]).toEqual([['ada speaks'], true])
  speaking.look([['ada', 0.001]], 700)
  expect(told).toEqual(['ada speaks', 'ada stops'])
})

test('the noise of a quiet room is not speech, and nobody stops twice', () => {
  const { told, speaking } = watch()
  speaking.look([['ada', 0.01]], 0)
  speaking.look([['bob', 0.5]], 10)
  speaking.look([], 1_000)
  speaking.hush('bob')
  speaking.hush('ada')
  speaking.clear()
  expect(told).toEqual(['bob speaks', 'bob stops'])
})

test('who is muted stops at once', () => {
  const { told, speaking } = watch()
  speaking.look([['ada', 0.2]], 0)
  speaking.hush('ada')
  expect(told).toEqual(['ada speaks', 'ada stops'])
})
