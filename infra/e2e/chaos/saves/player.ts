import { unwrap } from '@aethex/sdk'
import { type Dice, diceOf } from '../../../faults/dice.js'
import { type HttpProxy, startHttpProxy } from '../../../faults/http-proxy.js'
import { type Arena, count, type Ground } from './arena.js'
import { createDevice, type Device, type Storage } from './device.js'
import type { Operation } from './operation.js'
import { clientFault } from './weather.js'

/** One player with several devices, each behind a link of its own. */
export interface Player {
  seed: number
  ground: Ground
  playerId: string
  devices: readonly Device[]
  slots: readonly string[]
  operations: readonly Operation[]
  faults: Map<string, number>
  /** Turns the faults of the devices' links on and off. */
  setFoul(isFoul: boolean): void
  settled(): Promise<void>
  close(): Promise<void>
}

const deviceNames = ['phone', 'tablet', 'desktop']
const slots = ['slot1', 'slot2']

/** What a device keeps of its session. */
export function memory(): Storage {
  const items = new Map<string, string>()
  return {
    getItem: key => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: key => void items.delete(key),
  }
}

/** Signs a guest in on three devices: the secret of the first is carried over to the others. */
export async function createPlayer(
  arena: Arena,
  seed: number,
  onOperation: () => void,
): Promise<Player> {
  const { apis, grounds } = arena
  // Some live where histories are thinned while they are written.
  const ground = seed % 4 === 0 ? grounds.thinned : grounds.whole
  const operations: Operation[] = []
  const faults = new Map<string, number>()
  const links: HttpProxy[] = []
  const devices: Device[] = []
  let isFoul = false
  let secret: string | null = null
  let playerId = ''

  function openLink(dice: Dice, address: string): Promise<HttpProxy> {
    return startHttpProxy({
      target: () => dice.pick(apis).port,
      faultOf: () => (isFoul ? clientFault(dice) : { kind: 'none' }),
      onFault: name => count(faults, `device: ${name}`),
      headers: { 'x-forwarded-for': address },
    })
  }

  for (const [index, deviceName] of deviceNames.entries()) {
    const name = `${seed}.${deviceName}`
    const address = `10.${(seed >> 8) % 256}.${seed % 256}.${index + 1}`
    const link = await openLink(diceOf(seed, 'link', name), address)
    links.push(link)
    const storage = memory()
    const secretKey = `aethex.${ground.publishableKey}.device`
    if (secret !== null) storage.setItem(secretKey, secret)
    const device = createDevice({
      name,
      url: link.url,
      apiKey: ground.publishableKey,
      storage,
      dice: diceOf(seed, 'device', name),
      slots,
      onOperation: operation => {
        operations.push(operation)
        onOperation()
      },
    })
    const { user } = unwrap(await device.cloud.auth.loginAnonymous())
    if (playerId !== '' && user.id !== playerId) throw new Error('the devices are of two players')
    playerId = user.id
    secret = storage.getItem(secretKey)
    devices.push(device)
  }
  return {
    seed,
    ground,
    playerId,
    devices,
    slots,
    operations,
    faults,
    setFoul: foul => {
      isFoul = foul
    },
    settled: async () => {
      await Promise.all(links.map(link => link.settled()))
    },
    close: async () => {
      for (const device of devices) device.cloud.close()
      await Promise.all(links.map(link => link.close()))
    },
  }
}
