import type { Backoff } from './core/backoff.js'
import { AeThexError } from './core/error.js'
import { createHttp } from './core/http.js'
import { createTabLock, noLock } from './core/lock.js'
import { unwrap } from './core/result.js'
import { createSession } from './core/session.js'
import { createSessionStore } from './core/session-store.js'
import {
  createMemoryStorage,
  createStore,
  findBrowserStorage,
  type KeyValueStorage,
} from './core/storage.js'
import { type Chat, createChat } from './realtime/chat.js'
import { type Codec, json } from './realtime/codec.js'
import { createMultiplayer, type Multiplayer } from './realtime/multiplayer.js'
import type { NetworkConditions } from './realtime/network-pipe.js'
import { createNetworkSimulator } from './realtime/network-simulator.js'
import type { WebRtc } from './realtime/peers/web-rtc.js'
import { createPresence, type Presence } from './realtime/presence.js'
import type { VoiceOptions } from './realtime/voice/browser-voice.js'
import { createWay, type Transport } from './realtime/way.js'
import type { WebSocketMaker } from './realtime/web-socket.js'
import { type Age, createAge } from './resources/age.js'
import { type Analytics, createAnalytics } from './resources/analytics.js'
import { type Auth, createAuth } from './resources/auth.js'
import { createConsentMemory } from './resources/consent.js'
import { createDeviceSecret } from './resources/device-secret.js'
import { createFriends, type Friends } from './resources/friends.js'
import { createGroups, type Groups } from './resources/groups.js'
import { createLeaderboards, type Leaderboards } from './resources/leaderboards.js'
import { createParties, type Parties } from './resources/parties.js'
import { createPlayerData, type PlayerData } from './resources/player-data.js'
import { createPolicies, type Policies, watchPolicies } from './resources/policies.js'
import { createPrivacy, type Privacy } from './resources/privacy.js'
import { createRatings, type Ratings } from './resources/ratings.js'
import { createSaves } from './resources/saves/create-saves.js'
import type { Saves, SavesOptions } from './resources/saves/saves.js'
import { createIndexedStore, hasIndexedDb } from './resources/saves/store/indexed-store.js'
import { createMemoryStore } from './resources/saves/store/memory-store.js'

export interface CloudOptions {
  /** The environment's publishable key, `pk_…`. */
  apiKey: string
  /** Where the API lives, such as `https://api.example.com`; empty for the page's own origin. */
  url: string
  /** Where the session and unsent events are kept; the browser's `localStorage`, elsewhere memory. */
  storage?: KeyValueStorage
  /** How saves are kept on this device, sent and merged; see `SavesOptions`. */
  saves?: SavesOptions
  /**
   * Keeps a connection open while a player is signed in, so that `saves` hears at once what other devices write;
   * off unless true. It keeps a Node process alive until `close`, and counts among the player's four.
   */
  live?: boolean
  /** Where the player is, in the studio's names: sockets go to a relay node there, if there is one. */
  region?: string
  fetch?: typeof fetch
  /** Needed where the platform has none (Node 20): `import { WebSocket } from 'ws'`. */
  WebSocket?: WebSocketMaker
  /**
   * What the connection is made of: a WebSocket, or requests (long polling) where a network lets none pass, which `auto`
   * finds out by itself.
   */
  transport?: Transport
  /** A bad network for the socket, for development; `createNetworkSimulator` lets it change. */
  networkConditions?: NetworkConditions
  /** Peers and voice need it where the platform has none: `import WebRTC from '@roamhq/wrtc'`. */
  WebRTC?: WebRtc
  /** States also go by a WebRTC data channel to the relay, where both sides have one: what is late is lost. Off unless true. */
  datagrams?: boolean
  /** How messages travel on the socket; JSON unless given `msgpack` from `@aethex/sdk/msgpack`. */
  codec?: Codec
  /** Where voice finds its worker, and what carries it in large rooms; see docs/voice.md. */
  voice?: VoiceOptions
  /** For one try of a request, in milliseconds; 10 s unless said. */
  timeoutMs?: number
  /** Between tries; up to half a second, then doubling up to 10 s, unless said. */
  backoff?: Backoff
  /** Between tries to bring a lost connection back; up to 2 s, then up to 4 s, unless said. */
  reconnect?: Backoff
  /** Hears of errors that no call waits for: background sync, events, the connection. */
  onError?: (error: AeThexError) => void
}

/** Everything a game asks of AeThex Cloud. Calls resolve to a Result and do not reject. */
export interface Cloud {
  readonly auth: Auth
  readonly privacy: Privacy
  readonly policies: Policies
  readonly age: Age
  readonly saves: Saves
  readonly playerData: PlayerData
  readonly social: {
    readonly leaderboards: Leaderboards
    readonly ratings: Ratings
    readonly friends: Friends
    readonly groups: Groups
    readonly parties: Parties
    readonly presence: Presence
    readonly chat: Chat
  }
  readonly analytics: Analytics
  readonly multiplayer: Multiplayer
  /** Stops timers, sockets and requests, and forgets listeners. What waits to be sent stays in the storage. */
  close(): void
}

const defaults = {
  tries: 4,
  timeoutMs: 10_000,
  backoff: { firstMs: 500, maxMs: 10_000 },
  reconnect: { firstMs: 2_000, maxMs: 4_000 },
}

/** Makes the game's connection to AeThex Cloud; nothing is sent before the first call. Throws for a secret key. */
export function createCloud(options: CloudOptions): Cloud {
  const { apiKey, url } = options
  if (apiKey.startsWith('sk_')) {
    throw new AeThexError('wrong_key_kind', 'A game takes a publishable key, pk_….')
  }
  const timeoutMs = options.timeoutMs ?? defaults.timeoutMs
  const backoff = options.backoff ?? defaults.backoff
  const onError = (error: AeThexError) => {
    try {
      options.onError?.(error)
    } catch (thrown) {
      console.error(thrown)
    }
  }
  // A listener that throws is the game's own fault, and must be seen.
  const onFault = (thrown: unknown) => console.error(thrown)

  const shared = findBrowserStorage()
  const storage = options.storage ?? shared ?? createMemoryStorage()
  const store = createStore(storage, apiKey)
  const lock = storage === shared ? createTabLock(`aethex.${apiKey}`) : noLock
  const http = createHttp({
    url,
    apiKey,
    fetch: options.fetch ?? globalThis.fetch,
    timeoutMs,
    tries: defaults.tries,
    backoff,
  })
  const sessions = createSessionStore(store, onFault)
  const watched = watchPolicies(createSession(http, sessions, lock), onFault)
  const { session } = watched
  const memory = createConsentMemory(store)
  const parts = { session, sessions, store, lock, backoff, onError, onFault }

  const saves = createSaves({
    ...parts,
    http,
    options: options.saves ?? {},
    store:
      options.saves?.store ??
      (hasIndexedDb() ? createIndexedStore(`aethex.${apiKey}.saves`) : createMemoryStore()),
  })
  const analytics = createAnalytics({ ...parts, memory })
  const multiplayer = createMultiplayer({
    session,
    sessions,
    onError,
    onFault,
    timeoutMs,
    codec: options.codec ?? json,
    way: createWay({
      transport: options.transport ?? 'auto',
      WebSocket:
        options.networkConditions === undefined
          ? options.WebSocket
          : createNetworkSimulator(
              options.networkConditions,
              options.WebSocket === undefined ? {} : { WebSocket: options.WebSocket },
            ).WebSocket,
      fetch: options.fetch ?? globalThis.fetch,
    }),
    WebRTC: options.WebRTC,
    datagrams: options.datagrams,
    region: options.region,
    store,
    voice: options.voice ?? {},
    backoff: options.reconnect ?? defaults.reconnect,
  })
  const friends = createFriends(session, multiplayer.socket, onFault)
  const social = { session, sessions, socket: multiplayer.socket, onFault }
  const groups = createGroups(social)
  const parties = createParties(social)
  const presence = createPresence({
    socket: multiplayer.socket,
    session,
    sessions,
    connect: () => unwrap(multiplayer.connect()),
    onError,
    onFault,
  })
  const chat = createChat({
    socket: multiplayer.socket,
    session,
    sessions,
    backoff,
    connect: () => unwrap(multiplayer.connect()),
    roomId: multiplayer.getRoomId,
    onFault,
  })
  const { news } = multiplayer
  news.on('save_written', saves.onRemoteWrite)
  news.on('gap', saves.onRemoteGap)
  if (options.live === true) news.start()

  return {
    auth: createAuth({ http, session, sessions, store, lock }),
    privacy: createPrivacy(session, memory),
    policies: createPolicies(http, watched),
    age: createAge({ http, session, memory, deviceSecret: createDeviceSecret(store, lock) }),
    saves,
    playerData: createPlayerData(session),
    social: {
      leaderboards: createLeaderboards(session),
      ratings: createRatings(session),
      friends,
      groups,
      parties,
      presence,
      chat,
    },
    analytics,
    multiplayer,
    close() {
      chat.close()
      presence.close()
      friends.close()
      groups.close()
      parties.close()
      multiplayer.close()
      analytics.close()
      saves.close()
      sessions.close()
      watched.refusals.clear()
      http.close()
    },
  }
}
