import type { Change } from '../saves/mutated-bundle.js'
import { lossyNetwork, zombie } from './faults.js'
import type { Violation } from './room-history.js'
import type { Outcome, Stage } from './scenario.js'

/** A way to get rooms wrong that looks right, the fault that shows it, and the rules of the checker that it breaks. */
export interface RoomMutant {
  name: string
  changes: readonly Change[]
  fault(stage: Stage, seed: number): Promise<Outcome>
  breaks: readonly Violation['rule'][]
  /** Not hunted in every run, which has to end within minutes. Take the mark away when the checker changes. */
  isRare?: true
}

const rooms = 'apps/relay/src/rooms'
const lossMs = 2_000

export const roomMutants: readonly RoomMutant[] = [
  {
    name: 'numbers that are given out and never used',
    isRare: true,
    changes: [
      {
        file: `${rooms}/message-log.ts`,
        from: '    this.last += 1\n',
        to: '    this.last += this.last % 10 === 9 ? 2 : 1\n',
      },
    ],
    fault: (stage, seed) => lossyNetwork(stage, lossMs, seed),
    breaks: ['numbers'],
  },
  {
    name: 'what is said again after a drop is taken again',
    changes: [
      {
        file: `${rooms}/actions.ts`,
        from: 'counts ? member.taken.wasTaken(id) : undefined',
        to: 'counts && id < 0 ? true : undefined',
      },
    ],
    fault: (stage, seed) => lossyNetwork(stage, lossMs, seed),
    breaks: ['once'],
  },
  {
    name: 'whoever comes back is not told what it has missed',
    isRare: true,
    changes: [
      {
        file: `${rooms}/directory.ts`,
        from: 'owner && room.missed(owner, seq, ownSeq)',
        to: 'owner && room.missed(owner, seq, ownSeq) && []',
      },
    ],
    fault: (stage, seed) => lossyNetwork(stage, lossMs, seed),
    breaks: ['numbers', 'kept'],
  },
  {
    name: 'a node that stood still speaks before it looks',
    changes: [
      {
        file: `${rooms}/lease.ts`,
        from: 'return this.isSure(now) || this.alone',
        to: 'return this.isSure(now) || !this.alone || this.alone',
      },
      {
        file: `${rooms}/lease.ts`,
        from: 'if (othersWithinMs > 0 || sentAt > this.sureUntil) await this.look()',
        to: 'if (othersWithinMs > 1e9) await this.look()',
      },
    ],
    fault: stage => zombie(stage, 6_000),
    breaks: ['epoch', 'kept'],
  },
]

const matchmaking = 'packages/shared/src/matchmaking'

/** Two matchmakers at once, slow ones that put who waits in orders of their own; nobody looks whether a ticket waits. */
export const matchMutant: readonly Change[] = [
  {
    file: `${matchmaking}/ticket-scripts.ts`,
    from: 'if holder and holder ~= ARGV[1] then return 0 end',
    to: '',
  },
  {
    file: `${matchmaking}/ticket-scripts.ts`,
    from: "if token ~= '' and redis.call('GET', lease) ~= token then return 'fenced' end",
    to: '',
  },
  {
    file: `${matchmaking}/ticket-scripts.ts`,
    from: "if state ~= 'queued' or inQueue ~= queue then return 'stale' end",
    to: '',
  },
  {
    file: `${matchmaking}/ticket-store.ts`,
    from: 'since: Number(flat[index + 1]) })',
    to: 'since: Number(flat[index + 1]) - 5_000 * Math.random() })',
  },
  {
    file: `${matchmaking}/ticket-store.ts`,
    from: 'export async function commitMatch(',
    to: `export async function commitMatch(...given: Parameters<typeof commitNow>) {
  await new Promise(resolve => setTimeout(resolve, 200))
  return commitNow(...given)
}
async function commitNow(`,
  },
]
