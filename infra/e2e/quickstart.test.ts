import { readFileSync } from 'node:fs'
import { call, freshEnvironment } from '@aethex/shared/testing'
import { expect, inject, test } from 'vitest'
import { play } from '../../examples/quickstart/quickstart.js'

test('the quick start is a whole online game in under fifty lines', async () => {
  const source = readFileSync(
    new URL('../../examples/quickstart/quickstart.ts', import.meta.url),
    'utf8',
  )
  expect(source.split('\n').length).toBeLessThan(50)

  const { apiUrl, publishableKey, secretKey } = await freshEnvironment(inject('stack'))
  await call('PUT', `${apiUrl}/api/v1/leaderboards/high_scores`, {
    headers: { 'x-api-key': secretKey },
    json: { order: 'desc', keep: 'best' },
  })
  const [ada, bob] = await Promise.all([
    play(publishableKey, apiUrl, 30),
    play(publishableKey, apiUrl, 20),
  ])
  expect(ada.opponent).toBe(bob.user.id)
  expect(bob.opponent).toBe(ada.user.id)
  expect([ada.version, ada.progress]).toEqual([1, { matches: 1, best: 30 }])
  expect(ada.rank).toBe(1)
})
