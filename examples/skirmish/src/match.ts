import { createInterpolator, type Match } from '@aethex/sdk'
import { corner, type Fighter, fly, fullHealth, isNear, radius, type Shot, walk } from './arena.js'
import { cloud, matchSeconds } from './cloud.js'
import { readControls } from './controls.js'
import { burst, draw } from './draw.js'
import { show, write } from './page.js'
import { showResult } from './result.js'

/** What fighters tell the room; the rest shows in their state. */
type Said = { shot: Omit<Shot, 'by'> } | { downed_by: string }

const { analytics, auth, multiplayer } = cloud
const [reloadMs, patienceMs, killsToWin] = [280, 6000, 5]
const others = createInterpolator({ angles: ['angle'] })
const kills = new Map<string, number>()
let me: Fighter
let shots: Shot[] = []
let [turn, deaths, readyAt] = [0, 0, 0]

const tell = (said: Said) => void multiplayer.sendMessage(said)
const killsOf = (id: string) => kills.get(id) ?? 0

multiplayer.on('player_state', (id, state) => others.push(id, state))
multiplayer.on('player_left', ({ player_id }) => others.remove(player_id))
multiplayer.on('message', ({ from, data }) => {
  const said = data as Said
  if ('shot' in said) shots.push({ ...said.shot, by: from })
  else kills.set(said.downed_by, killsOf(said.downed_by) + 1)
})

/** Everyone in the room: this player as they are, the others smoothly, a moment behind. */
const fighters = (): Fighter[] =>
  multiplayer.getMembers().flatMap(({ player_id: id, username: name }) => {
    const state = id === me.id ? me : others.sample(id)
    return state ? [{ ...(state as Fighter), id, name }] : []
  })

// Whoever is hit decides it: fine among friends. A game with prizes would let a server decide.
function takeHit(by: string): void {
  me.health -= 1
  if (me.health > 0) return
  deaths += 1
  Object.assign(me, corner(++turn), { health: fullHealth })
  tell({ downed_by: by })
}

function step(seconds: number, now: number): void {
  const { angle, isFiring, ...way } = readControls(me)
  walk(me, way, seconds)
  me.angle = angle
  multiplayer.sendState(me)
  if (isFiring && now > readyAt) {
    readyAt = now + reloadMs
    tell({ shot: { x: me.x, y: me.y, angle } })
  }
  shots = shots.filter(shot => {
    const hit = fighters().find(({ id, ...at }) => id !== shot.by && isNear(at, shot, radius))
    if (hit?.id === me.id) takeHit(shot.by)
    const isFlying = !hit && fly(shot, seconds)
    if (!isFlying) burst(shot)
    return isFlying
  })
}

function showHud(secondsLeft: number): void {
  const rivals = fighters().filter(({ id }) => id !== me.id)
  write('hud-time', secondsLeft)
  write('hud-score', `${killsOf(me.id)} : ${Math.max(0, ...rivals.map(({ id }) => killsOf(id)))}`)
  // For screen readers, which cannot read a canvas.
  const lines = fighters().map(
    ({ name, x, y, health }) =>
      `${name}: x ${x.toFixed()}, y ${y.toFixed()}, health ${health.toFixed()}`,
  )
  write('players', lines.join('\n'))
}

/** Runs until the match is over, and answers why it is. */
async function fight(): Promise<string> {
  let now = performance.now()
  let companyAt = now
  const endsAt = now + matchSeconds * 1000
  for (;;) {
    const before = now
    now = await new Promise<number>(requestAnimationFrame)
    step(Math.min(now - before, 50) / 1000, now)
    draw(fighters(), shots, me.id)
    showHud(Math.ceil((endsAt - now) / 1000))
    if (now > endsAt) return 'Time is up'
    if (Math.max(...kills.values()) >= killsToWin) return 'First to five'
    if (multiplayer.getMembers().length > 1) companyAt = now
    if (now > companyAt + patienceMs) return 'The others have left'
  }
}

export async function playMatch({ match_id, room_id, players }: Match): Promise<void> {
  const id = auth.getCurrentUser()?.id ?? ''
  turn = players.findIndex(({ player_id }) => player_id === id)
  me = { id, name: '', angle: 0, health: fullHealth, ...corner(turn) }
  shots = []
  deaths = 0
  kills.clear()
  const joined = await multiplayer.joinRoom(room_id)
  if (!joined.success) {
    show('lobby')
    return write('notice', joined.error.message)
  }
  show('match')
  analytics.trackEvent('match_started', { match_id, players: players.length })
  const ending = await fight()
  const outcome = { kills: killsOf(id), deaths }
  analytics.trackEvent('match_ended', { match_id, ...outcome })
  void multiplayer.leaveRoom()
  await showResult(ending, outcome)
}
