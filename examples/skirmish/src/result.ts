import { cloud } from './cloud.js'
import { list, show, write } from './page.js'

type Outcome = { kills: number; deaths: number }
type Progress = Outcome & { matches: number; best: number }

const { leaderboards } = cloud.social
const board = 'skirmish_kills'
const none: Progress = { matches: 0, kills: 0, deaths: 0, best: 0 }

export async function loadProgress(): Promise<Progress> {
  const loaded = await cloud.saves.load<Progress>('progress')
  return loaded.success ? loaded.data : none
}

async function saveProgress({ kills, deaths }: Outcome): Promise<void> {
  const add = (before: Progress): Progress => ({
    matches: before.matches + 1,
    kills: before.kills + kills,
    deaths: before.deaths + deaths,
    best: Math.max(before.best, kills),
  })
  // When another device has saved meanwhile, the match is added to what that one saved.
  const merge = (_mine: unknown, theirs: unknown) => add((theirs ?? none) as Progress)
  const saved = await cloud.saves.save('progress', add(await loadProgress()), { merge })
  write('end-saved', saved.success ? `Saved, version ${saved.save.version}` : saved.error.message)
}

async function showBoard(id: string, range: 'global' | 'around_me'): Promise<void> {
  const found = await leaderboards.get(board, { range, limit: 5 })
  const items = found.success ? found.items : []
  list(
    id,
    items.map(({ rank, username, score }) => `#${rank} ${username} · ${score}`),
  )
}

/** Keeps the match, and shows where it leads. */
export async function showResult(title: string, outcome: Outcome): Promise<void> {
  write('end-title', title)
  write('end-kills', outcome.kills)
  write('end-rank', '…')
  write('end-saved', 'Saving …')
  show('end')
  await saveProgress(outcome)
  const scored = await leaderboards.submitScore(board, outcome.kills)
  write('end-rank', scored.success ? `#${scored.rank}` : scored.error.message)
  await Promise.all([showBoard('around-me', 'around_me'), showBoard('top', 'global')])
}
