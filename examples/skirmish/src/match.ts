import { createInterpolator, type Match } from '@aethex/sdk'
import { corner, type Fighter, fly, fullHealth, isHit, type Shot, walk } from './arena.js'
import { cloud, matchSeconds } from './cloud.js'
import { readControls } from './controls.js'
import { draw } from './draw.js'
import { show, write } from './page.js'
import { type Outcome, showResult } from './result.js'

const { analytics, auth, multiplayer } = cloud
const [reloadMs, sparksMs, patienceMs, killsToWin] = [280, 300, 6_000, 5]
const others = createInterpolator<Fighter>({ angles: ['angle'], snap: ['health'] })
let me: Fighter
let shots: Shot[]
let score: Outcome
let [turn, readyAt] = [0, 0]

multiplayer.on('player_state', others.push)
multiplayer.on('message', ({ from, data }) => {
  if (data === 'fell') score[from === me.id ? 'deaths' : 'kills'] += 1
  else shots.push({ ...(data as Shot), by: from })
})

/** Everyone in the room: this player as they are, the others smoothly, a moment behind. */
const fighters = (): Fighter[] =>
  multiplayer.getMembers().flatMap(({ player_id: id, username: name }) => {
    const state = id === me.id ? me : others.sample(id)
    return state ? [{ ...state, id, name }] : []
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
    if (multiplayer.getMembers().length > 1) lonelyAt = now + patienceMs
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
