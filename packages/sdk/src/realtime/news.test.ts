import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createHttp } from '../core/http.js'
import { noLock } from '../core/lock.js'
import { unwrap } from '../core/result.js'
import { createSession } from '../core/session.js'
import { createSessionStore, type SessionStore } from '../core/session-store.js'
import { createMemoryStorage, createStore } from '../core/storage.js'
import { soon } from '../testing/soon.js'
import { openStage, type Stage } from '../testing/stage.js'
import { player, problem, tokens } from '../testing/test-api.js'
import { json } from './codec.js'
import { createMultiplayer } from './multiplayer.js'
import { createWay } from './way.js'
import type { WebSocketMaker } from './web-socket.js'

let stage: Stage
let opened: { sessions: SessionStore; multiplayer: ReturnType<typeof createMultiplayer> }[]
let told: unknown[]

beforeEach(async () => {
  stage = await openStage()
  opened = []
  told = []
})
afterEach(async () => {
  for (const { multiplayer } of opened) multiplayer.close()
  await stage.close()
})

const userOf = (id: string) => ({ ...player(id), email_verified: false, is_child: false })
const sessionOf = (generation: number) => ({
  ...tokens(generation),
  token_type: 'Bearer' as const,
})

/** What `createCloud` makes of it, with the news in reach; `ada` is signed in. */
function openNews(options: { WebSocket?: WebSocketMaker } = { WebSocket }) {
  const onFault = (thrown: unknown) => told.push(thrown)
  const backoff = { firstMs: 1, maxMs: 4 }
  const { url } = stage.api
  const http = createHttp({ url, apiKey: 'pk', fetch, timeoutMs: 2_000, tries: 1, backoff })
  const store = createStore(createMemoryStorage(), 'pk')
  const sessions = createSessionStore(store, onFault)
  sessions.start(userOf('ada'), sessionOf(1))
  const multiplayer = createMultiplayer({
    session: createSession(http, sessions, noLock),
    sessions,
    store,
    onError: ({ code }) => told.push(code),
    onFault,
    timeoutMs: 2_000,
    codec: json,
    way: createWay({ transport: 'websocket', WebSocket: options.WebSocket, fetch }),
    backoff,
  })
  const { news } = multiplayer
  news.on('gap', () => told.push('gap'))
  news.on('save_written', write => told.push(write))
  opened.push({ sessions, multiplayer })
  return { sessions, multiplayer, news }
}

const written = (version: number) => ({
  save_id: 'main',
  version,
  hash: 'ab',
  device: null,
  deleted: false,
})
const sayWritten = (socket: number, version: number) =>
  stage.socketAt(socket).say({ type: 'save_written', ...written(version) })
const heard = (version: number) => ({ player_id: 'ada', ...written(version) })
const untilTold = (...expected: unknown[]) => soon(() => expect(told).toEqual(expected))

test('opens a connection only when asked, and tells what other devices write', async () => {
  const { news } = openNews()
  expect(stage.relay.sockets).toHaveLength(0)
  news.start()
  await untilTold('gap')
  sayWritten(0, 2)
  sayWritten(0, 3)
  await untilTold('gap', heard(2), heard(3))
  news.stop()
  sayWritten(0, 4)
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(told).toEqual(['gap', heard(2), heard(3)])
  expect(stage.relay.sockets).toHaveLength(1)
})

test('tells a gap after every lost connection, and soon after the relay has lost its own', async () => {
  const { news } = openNews()
  news.start()
  await untilTold('gap')
  stage.socketAt(0).cut()
  await untilTold('gap', 'gap')
  sayWritten(1, 4)
  await untilTold('gap', 'gap', heard(4))
  vi.spyOn(Math, 'random').mockReturnValue(0)
  stage.socketAt(1).say({ type: 'news_gap' })
  stage.socketAt(1).say({ type: 'news_gap' })
  await untilTold('gap', 'gap', heard(4), 'gap')
  vi.restoreAllMocks()
})

test('shares the connection of the game, which does not see it open before it asks', async () => {
  const { news, multiplayer } = openNews()
  const states: string[] = []
  multiplayer.on('state', state => states.push(state))
  news.start()
  await untilTold('gap')
  expect(multiplayer.getConnectionState()).toBe('closed')
  expect(unwrap(await multiplayer.connect()).player_id).toBe('ada')
  expect(multiplayer.getConnectionState()).toBe('open')
  expect(stage.relay.sockets).toHaveLength(1)
  multiplayer.disconnect()
  expect(multiplayer.getConnectionState()).toBe('closed')
  await untilTold('gap', 'gap')
  expect(stage.relay.sockets).toHaveLength(2)
  unwrap(await multiplayer.joinRoom('r1'))
  news.stop()
  expect(multiplayer.getConnectionState()).toBe('open')
  expect(states).toEqual(['open', 'closed', 'open'])
  expect(stage.relay.sockets).toHaveLength(2)
})

test('tells nothing to a game that plays with others and never asked for news', async () => {
  const { multiplayer } = openNews()
  unwrap(await multiplayer.connect())
  sayWritten(0, 2)
  unwrap(await multiplayer.joinRoom('r1'))
  expect(told).toEqual([])
})

test('waits for a sign-in, and follows the player who is signed in', async () => {
  const { news, sessions } = openNews()
  sessions.end()
  news.start()
  expect(stage.api.seen('POST /realtime/tickets')).toHaveLength(0)
  sessions.start(userOf('ada'), sessionOf(2))
  await untilTold('gap')
  sessions.start(userOf('bob'), sessionOf(3))
  await untilTold('gap', 'gap')
  expect(stage.relay.sockets).toHaveLength(2)
  sessions.end()
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(stage.relay.sockets).toHaveLength(2)
})

test('goes on trying while the API or the relay is out', async () => {
  const { news } = openNews()
  const down = problem(503, 'unavailable')
  const ticket = {
    status: 201,
    body: { url: stage.relay.url, ticket: 'ticket-late', expires_in: 30 },
  }
  stage.api.answer('POST /realtime/tickets', down, down, down, down, down, ticket)
  news.start()
  await untilTold('gap')
  expect(stage.api.seen('POST /realtime/tickets').length).toBeGreaterThan(5)
})

test('does not fight for a place that a newer device has taken', async () => {
  const { news, sessions } = openNews()
  news.start()
  await untilTold('gap')
  stage.socketAt(0).close(4009, 'replaced by a newer connection')
  await untilTold('gap', 'replaced')
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(stage.relay.sockets).toHaveLength(1)
  sessions.end()
  sessions.start(userOf('ada'), sessionOf(2))
  await untilTold('gap', 'replaced', 'gap')
})

test('stays silent where there is no WebSocket', async () => {
  vi.stubGlobal('WebSocket', undefined)
  const { news, multiplayer } = openNews({})
  news.start()
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(multiplayer.getConnectionState()).toBe('closed')
  expect(told).toEqual([])
  vi.unstubAllGlobals()
})
