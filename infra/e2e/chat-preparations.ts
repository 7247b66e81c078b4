import { freshPlayer, type TestEnvironment, type TestPlayer } from '@aethex/shared/testing'

interface Hands {
  home: TestEnvironment
  player: TestPlayer
  /** Asks as the owner unless said; throws for everything but success. */
  ask(
    method: string,
    path: string,
    json?: unknown,
    headers?: Record<string, string>,
  ): Promise<Record<string, unknown>>
  unique(): string
}

/** What makes the moderators' writes in chat succeed. */
export function chatPreparations({ home, player, ask, unique }: Hands) {
  const mutes = `/studio/environments/${home.environmentId}/chat/mutes`
  const mute = {
    player_id: player.id,
    channel: 'chat.elsewhere.public',
    reason: 'x',
    ends_at: null,
  }

  /** A message in a channel of its own, of somebody whose session nobody has ended yet. */
  async function somethingSaid() {
    const channel = `chat.${unique()}.public`
    const { headers } = await freshPlayer(home)
    await ask('POST', `/chat/channels/${channel}/messages`, { text: 'hello' }, headers)
    return { channel, number: '1' }
  }
  return {
    'chat.announce': async () => ({ params: { channel: `chat.${unique()}.public` } }),
    'chat.remove': async () => ({ params: await somethingSaid(), query: '?reason=x' }),
    'chat.mute': async () => ({ json: mute }),
    'chat.unmute': async () => {
      const made = await ask('POST', mutes, mute)
      return { params: { mute_id: String(Object(made.mute).id) } }
    },
    'chat.reports.resolve': async () => {
      const { channel } = await somethingSaid()
      const { headers } = await freshPlayer(home)
      const path = `/chat/channels/${channel}/messages/1/report`
      const { report_id } = await ask('POST', path, { reason: 'x' }, headers)
      return { params: { report_id: String(report_id) } }
    },
  }
}
