import { expect, test } from 'vitest'
import { checkMatches } from './check-matches.js'

type Told = Record<string, [match_id: string, ...players: string[]][]>

const rulesOf = (told: Told, ...cancelled: string[]) => [
  ...new Set(
    checkMatches({
      told: new Map(
        Object.entries(told).map(([player, heard]) => [
          player,
          heard.map(([match_id, ...players]) => ({ match_id, players })),
        ]),
      ),
      cancelled: new Set(cancelled),
    }).map(({ rule }) => rule),
  ),
]

test('finds nothing wrong with matches of which everybody was told, also twice', () => {
  const told: Told = {
    ann: [['m1', 'ann', 'bob']],
    bob: [
      ['m1', 'bob', 'ann'],
      ['m1', 'ann', 'bob'],
    ],
    eve: [],
  }
  expect(rulesOf(told, 'eve')).toEqual([])
})

test.each<[string, Told, string[]]>([
  [
    'a player in two matches',
    {
      ann: [
        ['m1', 'ann', 'bob'],
        ['m2', 'ann', 'eve'],
      ],
      bob: [['m1', 'ann', 'bob']],
      eve: [['m2', 'ann', 'eve']],
    },
    ['one match'],
  ],
  [
    'a match of which one was never told',
    { ann: [['m1', 'ann', 'bob']], bob: [] },
    ['told is made'],
  ],
  [
    'a match of which two were told otherwise',
    { ann: [['m1', 'ann', 'bob']], bob: [['m1', 'bob', 'eve']], eve: [['m1', 'bob', 'eve']] },
    ['told is made'],
  ],
  [
    'a match that somebody else was told of',
    { ann: [['m1', 'bob', 'eve']], bob: [['m1', 'bob', 'eve']], eve: [['m1', 'bob', 'eve']] },
    ['told is made'],
  ],
  [
    'a player in a match who had left the queue',
    { ann: [['m1', 'ann', 'dan']], dan: [['m1', 'ann', 'dan']] },
    ['cancelled'],
  ],
])('finds %s', (_title, told, rules) => {
  expect(rulesOf(told, 'dan')).toEqual(rules)
})
