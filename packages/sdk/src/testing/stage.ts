import { WebSocket } from 'ws'
import type { Cloud, CloudOptions } from '../cloud.js'
import { startTestApi, type TestApi } from './test-api.js'
import { createTestCloud, signIn } from './test-cloud.js'
import { issueTickets, startTestRelay, type TestRelay, type TestSocket } from './test-relay.js'

/** A signed-in player, the doubles of the API and of a relay node, and whatever a test adds. */
export interface Stage {
  api: TestApi
  relay: TestRelay
  cloud: Cloud
  /** Codes of the errors that no listener has heard. */
  errors: string[]
  addRelay(...settings: Parameters<typeof startTestRelay>): Promise<TestRelay>
  addCloud(options?: Partial<CloudOptions>): Promise<Cloud>
  /** The socket that was opened at the relay as number `index`, from 0. */
  socketAt(index: number): TestSocket
  close(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const api = await startTestApi()
  const relays: TestRelay[] = []
  const clouds: Cloud[] = []
  const errors: string[] = []

  async function addRelay(...settings: Parameters<typeof startTestRelay>): Promise<TestRelay> {
    const relay = await startTestRelay(...settings)
    relays.push(relay)
    return relay
  }
  async function addCloud(options: Partial<CloudOptions> = { WebSocket }): Promise<Cloud> {
    const cloud = createTestCloud(api, { onError: ({ code }) => errors.push(code), ...options })
    clouds.push(cloud)
    await signIn(api, cloud)
    return cloud
  }
  const relay = await addRelay()
  issueTickets(api, () => relay)
  return {
    api,
    relay,
    cloud: await addCloud(),
    errors,
    addRelay,
    addCloud,
    socketAt(index) {
      const socket = relay.sockets[index]
      if (socket === undefined) throw new Error(`no socket ${index} was opened`)
      return socket
    },
    async close() {
      for (const cloud of clouds) cloud.close()
      for (const each of relays) await each.close()
      await api.close()
    },
  }
}

export const member = (player_id: string, state: object | null = null) => ({
  player_id,
  username: player_id,
  state,
})

export const roomOf = (...players: string[]) => ({
  type: 'room_joined',
  room_id: 'r1',
  members: players.map(id => member(id)),
})

/** The next time an event is emitted. */
export const once = <T>(listen: (done: (value: T) => void) => () => void) =>
  new Promise<T>(resolve => {
    const stop = listen(value => {
      stop()
      resolve(value)
    })
  })
