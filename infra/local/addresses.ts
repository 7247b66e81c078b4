import path from 'node:path'
import { pickPorts } from './ports.js'
import { readJson, writePrivateJson } from './private-json.js'
import type { Settings } from './settings.js'

const internalNames = ['postgres', 'redis', 's3', 'clickhouse', 'smtp', 'analytics'] as const

/** Where everything listens. All of it is on loopback. */
export type Addresses = {
  api: number
  game: number
  mail: number
  relays: number[]
  internal: Record<(typeof internalNames)[number], number>
}

/** The ports with a fixed place beside the front door: game +1, relays +2 and +3 (more from +5), mail page +4. */
export function fixedPorts(frontDoor: number, relayCount: number): Omit<Addresses, 'internal'> {
  const relays = Array.from({ length: relayCount }, (_, index) =>
    index < 2 ? frontDoor + 2 + index : frontDoor + 3 + index,
  )
  return { api: frontDoor, game: frontDoor + 1, mail: frontDoor + 4, relays }
}

/** Picks the other ports; they stay the same as long as they are free. */
export async function chooseAddresses(settings: Settings, relayCount: number): Promise<Addresses> {
  const fixed = fixedPorts(settings.port, relayCount)
  const file = path.join(settings.dataDir, 'ports.json')
  const kept = readJson(file)
  const remembered = typeof kept === 'object' && kept !== null ? kept : {}
  const reserved = [fixed.api, fixed.game, fixed.mail, ...fixed.relays]
  const internal = await pickPorts(internalNames, remembered, reserved)
  writePrivateJson(file, internal)
  return { ...fixed, internal }
}

/** The address of a loopback port over HTTP. */
export function httpUrl(port: number): string {
  return `http://127.0.0.1:${port}`
}
