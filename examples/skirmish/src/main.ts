import type { QueueWish, Result } from '@aethex/sdk'
import { cloud } from './cloud.js'
import { playMatch } from './match.js'
import { show, write } from './page.js'
import { loadProgress } from './result.js'

const { auth, multiplayer, privacy } = cloud
const { matchmaking } = multiplayer
const wish: QueueWish = { mode: 'deathmatch', region: 'local', skill_range: [1000, 1500] }
type Account = { email: string; password: string; username: string }

/** What each button does; the events further down bring the next screen. */
const buttons: Record<string, (account: Account) => Promise<Result>> = {
  guest: () => auth.loginAnonymous(),
  login: ({ email, password }) => auth.loginEmail(email, password),
  register: account => auth.register(account),
  'log-out': () => auth.logout(),
  'consent-yes': () => privacy.setConsents({ analytics: true }),
  'consent-no': () => privacy.setConsents({ analytics: false }),
  'quick-match': () => matchmaking.joinQueue(wish),
  'play-again': () => matchmaking.joinQueue(wish),
  cancel: () => matchmaking.leaveQueue(),
}

document.addEventListener('submit', async event => {
  event.preventDefault()
  const form = event.target as HTMLFormElement
  const account = Object.fromEntries(new FormData(form)) as Account
  const result = await buttons[event.submitter?.id ?? '']?.(account)
  if (result?.success === false) write('notice', result.error.message)
  else form.hidden = form.id === 'consent'
})

async function openLobby(): Promise<void> {
  const user = auth.getCurrentUser()
  if (user === null) return show('sign-in')
  show('lobby')
  write('player', user.username)
  const { matches, kills, best } = await loadProgress()
  write('record', `Matches ${matches} · kills ${kills} · best ${best}`)
  // Asked before the first match; without a yes, the SDK tracks nothing.
  const known = await privacy.getConsents()
  const isAnswered = matches > 0 || (known.success && known.consents.analytics)
  document.getElementById('consent')?.toggleAttribute('hidden', isAnswered)
}

auth.onChange(openLobby)
matchmaking.on('queue_joined', () => show('queue'))
matchmaking.on('queue_left', openLobby)
matchmaking.on('match_found', playMatch)
// The SDK brings a lost connection back by itself; style.css shows that it is doing so.
multiplayer.on('state', state => Object.assign(document.body.dataset, { connection: state }))
await openLobby()
