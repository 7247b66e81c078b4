import { cloud } from './cloud.js'
import { show, write } from './page.js'

export type Outcome = { kills: number; deaths: number }
type Progress = Outcome & { matches: number; best: number }
const { saves, social } = cloud
const board = 'skirmish_kills'
const none: Progress = { matches: 0, kills: 0, deaths: 0, best: 0 }

export async function loadProgress(): Promise<Progress> {
  const loaded = await saves.load<Progress>('progress')
  return loaded.success ? loaded.data : none
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
  const merge = (_mine: unknown, theirs: unknown) => add((theirs ?? none) as Progress, outcome)
  const saved = await saves.save('progress', add(await loadProgress(), outcome), { merge })
  write('notice', saved.success ? 'Progress saved' : saved.error.message)
  const scored = await social.leaderboards.submitScore(board, outcome.kills)
  write('end-rank', scored.success ? `#${scored.rank}` : scored.error.message)
  for (const range of ['around_me', 'global'] as const) {
    const found = await social.leaderboards.get(board, { range, limit: 5 })
    const items = found.success ? found.items : []
    const lines = items.map(({ rank, username, score }) => `#${rank} ${username} · ${score}`)
    write(range, lines.join('\n'))
  }
}
