import type { Change } from './mutated-bundle.js'

/** A way to get saves wrong that looks right, and which rules of the checker it must break. */
export interface SaveMutant {
  name: string
  changes: readonly Change[]
  breaks: readonly string[]
}

const saves = 'apps/api/src/progress/saves'

export const saveMutants: readonly SaveMutant[] = [
  {
    name: 'check then write: the base is compared here, and then written whatever is there by then',
    changes: [
      {
        file: `${saves}/service.ts`,
        from: '    const written = await commitVersions(ctx, playerId, [mine])\n',
        to: `    const before = await carriedOutBefore(ctx, playerId)
    if (before !== undefined) return before
    const seen = await findHead(environmentOf(ctx), ctx.db, playerId, saveId)
    if (isStale(seen, baseVersion)) return settle(ctx, playerId, mine, plan)
    const written = await commitVersions(ctx, playerId, [{ ...mine, baseVersion: undefined }])
`,
      },
    ],
    breaks: ['base'],
  },
  {
    name: 'answer before commit: the row is told of while its transaction is still open',
    changes: [
      {
        file: `${saves}/writing.ts`,
        from: '(isOneStatement ? work(ctx.db) : ctx.db.transaction(work))',
        to: `new Promise<Awaited<ReturnType<typeof work>>>((resolve, reject) => {
      ctx.db.transaction(async tx => resolve(await work(tx))).catch(reject)
    })`,
      },
    ],
    breaks: ['kept', 'bytes', 'one writer', 'order'],
  },
  {
    name: 'stale cache: each process remembers the head that it has seen last',
    changes: [
      {
        file: `${saves}/read-store.ts`,
        from: 'export const findReadableHead = async (',
        to: `const remembered = new Map<string, ReadableRow>()
export const findReadableHead = async (...given: Parameters<typeof askForHead>) => {
  const name = [given[0], given[2], given[3]].join('/')
  const head = remembered.get(name) ?? (await askForHead(...given))
  if (head !== undefined) remembered.set(name, head)
  setTimeout(() => remembered.delete(name), 1_000)
  return head
}
const askForHead = async (`,
      },
    ],
    breaks: ['order'],
  },
]
