import { createInterpolator, type Match } from '@aethex/sdk'
import { corner, type Fighter, fly, fullHealth, isHit, type Shot, walk } from './arena.js'
import { cloud, matchSeconds } from './cloud.js'
import { readControls } from './controls.js'
import { draw } from './draw.js'
import { show, tell, write } from './page.js'
import { type Outcome, showResult } from './result.js'

const { analytics, auth, multiplayer } = cloud
const [reloadMs, sparksMs, patienceMs, killsToWin] = [280, 300, 10_000, 5]
// Who falls is in a corner at once, and is not seen flying there.
const jumps = { x: 200, y: 200 }
const others = createInterpolator<Fighter>({ angles: ['angle'], snap: ['health'], jumps })
/** What players say to each other, by key: with no other words there is nothing to moderate. */
const phrases = ['Good luck!', 'Nice shot!', 'Good game!']
type Said = 'fell' | { phrase: number } | Shot
let me: Fighter
let shots: Shot[]
let score: Outcome
let [turn, readyAt] = [0, 0]

const nameOf = (id: string | null) =>
  multiplayer.getMembers().find(({ player_id }) => player_id === id)?.username

multiplayer.on('player_state', others.push)
multiplayer.on('player_left', ({ player_id }) => others.remove(player_id))
multiplayer.on('player_away', ({ player_id, away }) =>
  tell(`${nameOf(player_id)} ${away ? 'has lost the connection' : 'is back'}`),
)
multiplayer.on('message', ({ from, data }) => {
  const said = data as Said
  if (said === 'fell') score[from === me.id ? 'deaths' : 'kills'] += 1
  else if ('phrase' in said) tell(`${nameOf(from)}: ${phrases[said.phrase]}`)
  else shots.push({ ...said, by: from ?? '' })
})
addEventListener('keydown', ({ key, repeat }) => {
  const phrase = Number(key) - 1
  if (phrases[phrase] && !repeat) void multiplayer.sendMessage({ phrase })
})

/** Everyone in the room: this player as they are, the others smoothly, a moment behind. */
const fighters = (): Fighter[] =>
  multiplayer.getMembers().flatMap(({ player_id: id, username, away }) => {
    const state = id === me.id ? me : others.sample(id)
    return state ? [{ ...state, id, name: away ? `${username} …` : username }] : []
  })

function step(seconds: number, now: number): void {
  const { way, facing, isFiring } = readControls(me)
  walk(me, way, seconds)
  if (facing.x || facing.y) me.angle = Math.atan2(facing.y, facing.x)
  multiplayer.sendState(me)
  if (isFiring && now > readyAt) {
    readyAt = now + reloadMs
    void multiplayer.sendMessage({ x: me.x, y: me.y, angle: me.angle })
  }
  for (const shot of shots.filter(({ endedAt }) => !endedAt)) {
    const hit = fighters().find(fighter => isHit(fighter, shot))
    if (hit || !fly(shot, seconds)) shot.endedAt = now
    // Whoever is hit decides it: fine among friends. A game with prizes would let a server decide.
    if (hit?.id === me.id) me.health -= 1
  }
  shots = shots.filter(({ endedAt = now }) => now < endedAt + sparksMs)
  if (me.health > 0) return
  void multiplayer.sendMessage('fell')
  Object.assign(me, corner(++turn), { health: fullHealth })
}

/** Runs until the match is over, and answers why it is. */
async function fight(): Promise<string> {
  let now = performance.now()
  let lonelyAt = now + patienceMs
  const endsAt = now + matchSeconds * 1000
  for (let before = now; ; before = now) {
    now = await new Promise(requestAnimationFrame)
    step(Math.min(now - before, 50) / 1000, now)
    draw(fighters(), shots, me.id)
    write('hud-time', Math.ceil((endsAt - now) / 1000))
    write('hud-score', `${score.kills} : ${score.deaths}`)
    if (now > endsAt) return 'Time is up'
    if (Math.max(score.kills, score.deaths) >= killsToWin) return 'First to five'
    const isMet = multiplayer.getMembers().some(it => it.player_id !== me.id && !it.away)
    if (isMet) lonelyAt = now + patienceMs
    if (now > lonelyAt) return 'The others have left'
  }
}

// For screen readers, which cannot read a canvas.
const describe = ({ name, x, y, health }: Fighter) =>
  `${name}: x ${x.toFixed()}, y ${y.toFixed()}, health ${health}`
setInterval(() => write('players', fighters().map(describe).join('\n')), 250)

export async function playMatch({ match_id, room_id, players }: Match): Promise<void> {
  const id = auth.getCurrentUser()?.id ?? ''
  turn = players.findIndex(({ player_id }) => player_id === id)
  me = { id, name: '', angle: 0, health: fullHealth, ...corner(turn) }
  shots = []
  score = { kills: 0, deaths: 0 }
  const joined = await multiplayer.joinRoom(room_id)
  if (!joined.success) return show('lobby', joined.error.message)
  show('match')
  analytics.trackEvent('match_started', { match_id })
  const ending = await fight()
  analytics.trackEvent('match_ended', { match_id, ...score })
  void multiplayer.leaveRoom()
  await showResult(ending, score)
}
