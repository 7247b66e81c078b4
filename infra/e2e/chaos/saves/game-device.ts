import { setTimeout as sleep } from 'node:timers/promises'
import { type Cloud, type ConflictPolicy, createCloud, createFileStore, unwrap } from '@aethex/sdk'
import type { Dice } from '../../../faults/dice.js'
import { type HttpProxy, startHttpProxy } from '../../../faults/http-proxy.js'
import type { Arena } from './arena.js'
import { type Gain, GameState, play } from './game-state.js'
import { memory } from './player.js'
import { recordingFetch } from './recording-fetch.js'
import { clientFault } from './weather.js'

export interface GameDeviceOptions {
  arena: Arena
  name: string
  slot: string
  folder: string
  policy: ConflictPolicy
  dice: Dice
  /** Told of each save that the SDK has called a success. */
  onGain: (gain: Gain) => void
  /** Told of each content that the server has acknowledged. */
  onTaken: (state: GameState) => void
}

/** A device as players have it: files, a network that comes and goes, and a game that is closed and opened. */
export interface GameDevice {
  readonly cloud: Cloud
  /** The secret by which a guest is known; given to another device it is the same player there. */
  secret(): string | null
  signIn(secret: string | null): Promise<void>
  run(operations: number): Promise<void>
  /** From now on the network works. */
  calmDown(): void
  close(): Promise<void>
}

const shareOf = { offline: 0.1, online: 0.25, flush: 0.12, restart: 0.04, load: 0.45 }

export async function openGameDevice(options: GameDeviceOptions): Promise<GameDevice> {
  const { arena, name, slot, dice } = options
  const { publishableKey } = arena.grounds.whole
  const storage = memory()
  const secretKey = `aethex.${publishableKey}.device`
  let isOnline = true
  let isFoul = false
  const link: HttpProxy = await startHttpProxy({
    target: () => dice.pick(arena.apis).port,
    faultOf: () => {
      if (!isOnline) return { kind: 'cut' }
      return isFoul ? clientFault(dice) : { kind: 'none' }
    },
  })
  const openCloud = () =>
    createCloud({
      apiKey: publishableKey,
      url: link.url,
      storage,
      timeoutMs: 3_000,
      backoff: { firstMs: 10, maxMs: 100 },
      saves: {
        ...options.policy,
        store: createFileStore({ folder: options.folder }),
        delayMs: 5,
      },
      fetch: recordingFetch({
        onTaken: data => {
          const state = GameState.safeParse(data).data
          if (state !== undefined) options.onTaken(state)
        },
      }),
      onError: () => undefined,
    })
  let cloud = openCloud()
  /** What the game has in its hands; it is gone when the game is closed. */
  let state: GameState | undefined

  async function loadState(): Promise<void> {
    const answer = await cloud.saves.load(slot)
    if (answer.success) state = GameState.parse(answer.data)
  }

  async function playOn(made: string): Promise<void> {
    if (state === undefined || dice.chance(shareOf.load)) await loadState()
    if (state === undefined) return
    const { next, gain } = play(state, made, dice)
    unwrap(await cloud.saves.save(slot, next, { play_time_seconds: next.seconds }))
    state = next
    options.onGain(gain)
  }

  return {
    get cloud() {
      return cloud
    },
    secret: () => storage.getItem(secretKey),
    async signIn(secret) {
      if (secret !== null) storage.setItem(secretKey, secret)
      unwrap(await cloud.auth.loginAnonymous())
    },
    async run(operations) {
      isFoul = true
      for (let count = 0; count < operations; count++) {
        if (dice.chance(isOnline ? shareOf.offline : shareOf.online)) isOnline = !isOnline
        if (dice.chance(shareOf.flush)) await cloud.saves.flush()
        if (dice.chance(shareOf.restart)) {
          cloud.close()
          cloud = openCloud()
          state = undefined
        }
        await playOn(`${name}.${count}`)
        await sleep(dice.below(20))
      }
    },
    calmDown() {
      isOnline = true
      isFoul = false
    },
    async close() {
      cloud.close()
      await link.close()
    },
  }
}
