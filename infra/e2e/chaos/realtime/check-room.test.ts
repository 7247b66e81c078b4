import { expect, test } from 'vitest'
import { checkRoom } from './check-room.js'
import type { Listener, RoomHistory, Sent, Told, Wire } from './room-history.js'

const names = ['ann', 'bob', 'eve']

interface Draft extends Listener {
  wire: Wire[]
  told: Told[]
  finals: Map<string, string>
}

const say = (key: string, at: number, outcome: Sent['outcome'] = 'acked'): Sent => ({
  key,
  by: 'ann',
  call: at,
  ret: at + 5,
  outcome,
})

/** Three members who hear ten messages, one each second. */
function goodHistory() {
  const sent: Sent[] = []
  const listeners = names.map(
    (name): Draft => ({
      name,
      wire: [{ at: 0, connection: 1, kind: 'entered', how: 'room_joined', epoch: 1, seq: 0 }],
      told: [{ at: 0, kind: 'joined' }],
      finals: new Map(names.filter(other => other !== name).map(other => [other, 'end'])),
    }),
  )
  for (let seq = 1; seq <= 10; seq++) {
    const key = `m${seq}`
    sent.push(say(key, seq * 1_000))
    for (const { wire, told } of listeners) {
      wire.push({ at: seq * 1_000 + 50, connection: 1, kind: 'numbered', seq, key })
      told.push({ at: seq * 1_000 + 50, kind: 'message', key })
    }
  }
  const shown = new Map(names.map(name => [name, 'end']))
  return { room: 'r', sent, listeners, shown } satisfies RoomHistory
}

type Plant = (history: ReturnType<typeof goodHistory>, bob: Draft) => void

function rulesBroken(plant: Plant): string[] {
  const history = goodHistory()
  const bob = history.listeners.find(({ name }) => name === 'bob')
  if (bob === undefined) throw new Error('there is no bob')
  plant(history, bob)
  return [...new Set(checkRoom(history).map(({ rule }) => rule))].sort()
}

const without = <T>(list: T[], matches: (each: T) => boolean) =>
  list.splice(list.findIndex(matches), 1)

const isKey = (key: string) => (each: Wire | Told) => 'key' in each && each.key === key

test('finds nothing wrong with a good history', () => {
  expect(rulesBroken(() => undefined)).toEqual([])
})

const planted: [title: string, rules: string[], plant: Plant][] = [
  [
    'a message that one of them never heard',
    ['kept'],
    (_history, bob) => without(bob.told, isKey('m5')),
  ],
  [
    'a number that was left out without a word',
    ['numbers'],
    (_history, bob) => without(bob.wire, isKey('m5')),
  ],
  [
    'a message that came twice',
    ['once'],
    (_history, bob) => bob.told.push({ at: 11_000, kind: 'message', key: 'm5' }),
  ],
  [
    'a number that came twice',
    ['numbers'],
    (_history, bob) =>
      bob.wire.push({ at: 11_000, connection: 1, kind: 'numbered', seq: 5, key: 'm5' }),
  ],
  [
    'two messages that one heard the other way round',
    ['order'],
    (_history, bob) => {
      const [moved] = without(bob.told, isKey('m5'))
      if (moved) bob.told.splice(bob.told.findIndex(isKey('m6')) + 1, 0, moved)
    },
  ],
  [
    'two messages that all heard otherwise than they were said',
    ['order'],
    ({ sent }) => {
      const [moved] = without(sent, ({ key }) => key === 'm5')
      if (moved) sent.push(moved)
    },
  ],
  [
    'a message that had been refused',
    ['honest'],
    ({ sent }) => sent.splice(4, 1, say('m5', 5_000, 'refused')),
  ],
  [
    'a message that nobody said',
    ['honest'],
    ({ sent }) => without(sent, ({ key }) => key === 'm5'),
  ],
  [
    'a resumption that says nothing of what was lost',
    ['kept', 'numbers'],
    (_history, { wire, told }) => {
      without(told, isKey('m9'))
      without(wire, isKey('m9'))
      without(wire, isKey('m10'))
      wire.push({ at: 9_500, connection: 2, kind: 'resumes', seq: 8 })
      wire.push({ at: 9_510, connection: 2, kind: 'entered', how: 'resumed', epoch: 1, seq: 10 })
    },
  ],
  [
    'a node that speaks on after another took the room over',
    ['epoch'],
    ({ listeners }) =>
      listeners[2]?.wire.push(
        { at: 11_000, connection: 2, kind: 'entered', how: 'gap', epoch: 2, seq: 0 },
        { at: 11_050, connection: 2, kind: 'numbered', seq: 1, key: undefined },
        { at: 13_000, connection: 1, kind: 'numbered', seq: 11, key: undefined },
      ),
  ],
  [
    'a member that is led back to a node of the past',
    ['epoch'],
    (_history, { wire }) =>
      wire.push(
        { at: 11_000, connection: 2, kind: 'entered', how: 'gap', epoch: 2, seq: 0 },
        { at: 11_010, connection: 3, kind: 'entered', how: 'gap', epoch: 1, seq: 10 },
      ),
  ],
  [
    'a member that sees another as it was before',
    ['states'],
    (_history, { finals }) => finals.set('ann', 'before the end'),
  ],
  ['a member that is forgotten', ['states'], (_history, { finals }) => finals.delete('eve')],
  ['a member that is not there', ['states'], (_history, { finals }) => finals.set('zoe', 'x')],
]

test.each(planted)('finds %s', (_title, rules, plant) => {
  expect(rulesBroken(plant)).toEqual(rules)
})

const fair: [title: string, plant: Plant][] = [
  [
    'what was missed before a gap that the game was told of',
    (_history, bob) => {
      bob.told = bob.told.filter(each => !['m4', 'm5', 'm6'].some(key => isKey(key)(each)))
      bob.told.splice(4, 0, { at: 6_500, kind: 'gap' })
      bob.wire = bob.wire.filter(({ at }) => at < 4_000 || at > 7_000)
      bob.wire.splice(4, 0, {
        at: 6_500,
        connection: 1,
        kind: 'entered',
        how: 'gap',
        epoch: 1,
        seq: 6,
      })
    },
  ],
  [
    'what a member heard on a second connection, from where it had heard',
    (_history, bob) => {
      bob.wire = bob.wire.map(each => (each.at < 6_000 ? each : { ...each, connection: 2 }))
      bob.wire.splice(6, 0, { at: 5_900, connection: 2, kind: 'resumes', seq: 5 })
    },
  ],
  [
    'what came after it had left',
    (_history, bob) => {
      bob.told = [...bob.told.filter(({ at }) => at < 5_000), { at: 5_000, kind: 'left' }]
      bob.wire = bob.wire.filter(({ at }) => at < 5_000)
    },
  ],
  [
    'a message of which nobody knows, heard or not',
    ({ sent }, bob) => {
      sent.splice(4, 1, say('m5', 5_000, 'unknown'))
      without(bob.told, isKey('m5'))
    },
  ],
]

test.each(fair)('has nothing against %s', (_title, plant) => {
  expect(rulesBroken(plant)).toEqual([])
})
