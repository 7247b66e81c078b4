// An online game in Node in under 50 lines: sign in, load, find a match, play, save and score.
import { createCloud, type Match, type QueueWish, unwrap } from '@aethex/sdk'
import { WebSocket } from 'ws'

interface Progress {
  matches: number
  best: number
}

/** Plays one short match. Answers the opponent, the player's rank and the progress that was saved. */
export async function play(apiKey: string, url: string, score: number) {
  const cloud = createCloud({ apiKey, url, WebSocket })
  const { auth, saves, social, multiplayer } = cloud
  try {
    const { user } = unwrap(await auth.loginAnonymous())

    const loaded = await saves.load<Progress>('progress')
    if (!loaded.success && loaded.error.code !== 'not_found') throw loaded.error
    const progress = loaded.success ? loaded.data : { matches: 0, best: 0 }

    const found = new Promise<Match>(resolve => multiplayer.matchmaking.on('match_found', resolve))
    const wish: QueueWish = { mode: 'duel', region: 'local', skill_range: [1000, 1500], players: 2 }
    unwrap(await multiplayer.matchmaking.joinQueue(wish))
    const match = await found
    const greeted = new Promise<string>(resolve =>
      multiplayer.on('player_state', playerId => resolve(playerId)),
    )
    unwrap(await multiplayer.joinRoom(match.room_id))
    const greeting = setInterval(
      () => multiplayer.sendState({ x: Math.random(), ready: true }),
      100,
    )
    const opponent = await greeted
    // One more breath, so that the opponent hears of us as well.
    await new Promise(resolve => setTimeout(resolve, 500))
    clearInterval(greeting)
    const next = { matches: progress.matches + 1, best: Math.max(progress.best, score) }
    const { save } = unwrap(await saves.save('progress', next))
    const { rank } = unwrap(await social.leaderboards.submitScore('high_scores', score))
    return { user, opponent, rank, progress: next, version: save.version }
  } finally {
    cloud.close()
  }
}
