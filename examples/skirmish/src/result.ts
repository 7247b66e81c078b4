import { cloud } from './cloud.js'
import { show, write } from './page.js'

export type Outcome = { kills: number; deaths: number }
type Progress = Outcome & { matches: number; best: number }
const none: Progress = { matches: 0, kills: 0, deaths: 0, best: 0 }

export async function loadProgress(): Promise<Progress> {
  const loaded = await cloud.saves.load<Progress>('progress')
  if (loaded.success) return loaded.data
  if (loaded.error.code === 'not_found') return none
  throw loaded.error
}

const add = (before: Progress, { kills, deaths }: Outcome): Progress => ({
  matches: before.matches + 1,
  kills: before.kills + kills,
  deaths: before.deaths + deaths,
  best: Math.max(before.best, kills),
})

/** Keeps the match, and shows where it leads. */
export async function showResult(ending: string, outcome: Outcome): Promise<void> {
  write('end-title', ending)
  write('end-kills', outcome.kills)
  write('end-rank', '…')
  show('end', 'Saving …')
  // When another device has saved meanwhile, the match is added to what that one saved.
  const merge = (_mine: Progress, theirs: Progress | null) => add(theirs ?? none, outcome)
  const saved = await cloud.saves.save('progress', add(await loadProgress(), outcome), { merge })
  write('notice', saved.success ? 'Progress saved' : saved.error.message)
  // It is safe on this device; a player who goes on at another one finds it there, too.
  await cloud.saves.flush()
  const scored = await cloud.social.leaderboards.submitScore('skirmish_kills', outcome.kills)
  write('end-rank', scored.success ? `#${scored.rank}` : scored.error.message)
  for (const range of ['around_me', 'global'] as const) {
    const found = await cloud.social.leaderboards.get('skirmish_kills', { range, limit: 5 })
    const items = found.success ? found.items : []
    const lines = items.map(item => `#${item.rank} ${item.username} · ${item.score}`)
    write(range, lines.join('\n'))
  }
}
