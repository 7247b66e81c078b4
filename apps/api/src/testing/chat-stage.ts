import { type ChatMessage, directChannel, nameOfChannel } from '@aethex/shared/chat'
import {
  type Answer,
  freshEnvironment,
  freshPlayer,
  type SharedStack,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { type Caller, callerOf } from './caller.js'
import { asMember } from './studio.js'

/** A player who talks. */
export interface Talker extends TestPlayer {
  api: Caller
  say(channel: string, text: string, more?: Record<string, unknown>): Promise<Answer>
  /** The texts of a channel as this player reads them, deleted ones as null. */
  read(channel: string, query?: string): Promise<(string | null)[]>
}

export interface ChatStage {
  environment: TestEnvironment
  /** As the owner of the studio, below the environment's path. */
  studio: Caller
  /** As the studio's server, below the environment's path. */
  server: Caller
  newTalker(apiUrl?: string): Promise<Talker>
  set(setting: string, value: unknown): Promise<void>
}

export const pathOf = (channel: string) => `/chat/channels/${encodeURIComponent(channel)}`

/** Channels that no other test talks in. */
export const newWorld = () => `chat.w-${crypto.randomUUID().slice(0, 8)}.public`

export const between = (one: { id: string }, other: { id: string }) =>
  nameOfChannel(directChannel(one.id, other.id))

export const messageOf = (answer: Answer): ChatMessage => Object(answer.body).message

export const messagesOf = (answer: Answer): ChatMessage[] => Object(answer.body).items

const below =
  (caller: Caller, prefix: string): Caller =>
  (method, path, json, headers) =>
    caller(method, prefix + path, json, headers)

/** An environment of its own in which players talk. */
export async function openChatStage(stack: SharedStack): Promise<ChatStage> {
  const environment = await freshEnvironment(stack)
  const prefix = `/studio/environments/${environment.environmentId}`
  const studio = below(asMember(stack.api_url, environment.memberToken), prefix)
  const server = below(callerOf(stack.api_url, { 'x-api-key': environment.secretKey }), prefix)

  async function newTalker(apiUrl = stack.api_url): Promise<Talker> {
    const player = await freshPlayer(environment)
    const api = callerOf(apiUrl, player.headers)
    return {
      ...player,
      api,
      say: (channel, text, more = {}) =>
        api('POST', `${pathOf(channel)}/messages`, { text, ...more }),
      read: async (channel, query = '') => {
        const answer = await api('GET', `${pathOf(channel)}/messages${query}`)
        if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
        return messagesOf(answer).map(({ text }) => text)
      },
    }
  }
  return {
    environment,
    studio,
    server,
    newTalker,
    async set(setting, value) {
      const answer = await studio('PUT', `/settings/${setting}`, value)
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
      // The API reads the settings of chat once a second.
      await new Promise(resolve => setTimeout(resolve, 1_050))
    },
  }
}
