import type { QueueWish, Result } from '@aethex/sdk'
import { cloud } from './cloud.js'
import { playMatch } from './match.js'
import { show, write } from './page.js'
import { loadProgress } from './result.js'

const { auth, multiplayer, privacy } = cloud
const { matchmaking } = multiplayer
const wish: QueueWish = {
  mode: 'deathmatch',
  region: 'local',
  skill_range: [1000, 1500],
  players: 2,
}
type Account = { email: string; password: string; username: string }

/** What each button does; the events further down bring the next screen. */
const buttons: Record<string, (account: Account) => Promise<Result>> = {
  guest: () => auth.loginAnonymous(),
  login: ({ email, password }) => auth.loginEmail(email, password),
  register: account => auth.register(account),
  'consent-yes': () => answerConsent(true),
  'consent-no': () => answerConsent(false),
  'quick-match': () => matchmaking.joinQueue(wish),
  cancel: () => matchmaking.leaveQueue(),
  'play-again': () => matchmaking.joinQueue(wish),
  'log-out': () => auth.logout(),
}

const askedKey = () => `skirmish.asked.${auth.getCurrentUser()?.id}`

/** Until there is a yes, the SDK tracks nothing. */
async function answerConsent(analytics: boolean): Promise<Result> {
  const answered = await privacy.setConsents({ analytics })
  if (answered.success) localStorage.setItem(askedKey(), 'yes')
  openLobby()
  return answered
}

async function openLobby(): Promise<void> {
  const user = auth.getCurrentUser()
  if (user === null) return show('sign-in')
  show('lobby')
  write('player', user.username)
  document.body.dataset.consent = localStorage.getItem(askedKey()) ?? 'open'
  const { matches, kills, best } = await loadProgress()
  write('record', `${matches} matches · ${kills} kills · best ${best}`)
}

document.addEventListener('submit', async event => {
  event.preventDefault()
  const fields = new FormData(event.target as HTMLFormElement)
  const result = await buttons[event.submitter?.id ?? '']?.(Object.fromEntries(fields) as Account)
  write('notice', result?.success === false ? result.error.message : '')
})
auth.onChange(openLobby)
matchmaking.on('queue_joined', () => show('queue'))
matchmaking.on('queue_left', openLobby)
matchmaking.on('match_found', playMatch)
// The SDK brings a lost connection back by itself; style.css shows that it is doing so.
multiplayer.on('state', state => Object.assign(document.body.dataset, { connection: state }))

void openLobby()
