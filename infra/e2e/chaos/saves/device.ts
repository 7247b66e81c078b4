import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AeThexError,
  type Cloud,
  createCloud,
  createMemoryStore,
  type LocalSave,
  type Save,
} from '@aethex/sdk'
import type { Dice } from '../../../faults/dice.js'
import { hashOf, type Made } from './data-of.js'
import type { Acknowledged, Operation, Sight } from './operation.js'
import { recordingFetch } from './recording-fetch.js'
import { drawStep, type Step } from './script.js'

export interface DeviceOptions {
  name: string
  url: string
  apiKey: string
  storage: Storage
  dice: Dice
  slots: readonly string[]
  /** Told of each operation when it has ended. */
  onOperation: (operation: Operation) => void
}

/** What the SDK keeps of a device. */
export interface Storage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

export interface Device {
  cloud: Cloud
  /** Does what the dice say until `isOver`. */
  run(isOver: () => boolean): Promise<void>
}

// A request that is carried out late must not find the SDK still trying: both happen, and both must be right.
const hurry = { timeoutMs: 3_000, backoff: { firstMs: 10, maxMs: 150 } }

/** Answers that prove that nothing was done. */
const provesNothingDone = (error: AeThexError) => error.status >= 400 && error.status < 500

/** Nothing for what waits on the device: it is no version yet. */
function sightsOf(save: Save | LocalSave): Sight[] {
  const { save_id: slot, version, deleted } = save
  if (version === null) return []
  if (deleted) return [{ slot, version: undefined }]
  return [{ slot, version, hash: save.hash ?? undefined }]
}

/** Without auto sync a success is always a version of the server's. */
function writtenAs({ save }: { save: Save | LocalSave }): Acknowledged {
  if (save.version === null) throw new Error('a save was called a success and is not in the cloud')
  return { version: save.version, hash: save.hash }
}

type Told = Pick<Operation, 'outcome'> & Partial<Operation>

function failureOf(slot: string, error: AeThexError): Told {
  const { current } = error.details
  // A refusal shows what is there instead.
  const saw =
    error.code !== 'save_conflict' || current === undefined
      ? []
      : current === null
        ? [{ slot, version: undefined }]
        : sightsOf(current.save)
  return {
    outcome: provesNothingDone(error) ? 'refused' : 'unknown',
    code: error.code,
    saw: error.code === 'not_found' ? [{ slot, version: undefined }] : saw,
  }
}

/** A player's device: the SDK as a game has it, and a history of all that it was asked and what it answered. */
export function createDevice(options: DeviceOptions): Device {
  const { name, dice, slots } = options
  let requests: string[] = []
  let count = 0
  const bases = new Map<string, Operation['bases']>()
  const basesOf = (id: string) => {
    const known: Operation['bases'] = bases.get(id) ?? new Map()
    bases.set(id, known)
    return known
  }
  /** Versions that this device has heard of, by slot. */
  const heard = new Map<string, number[]>()
  const cloud = createCloud({
    apiKey: options.apiKey,
    url: options.url,
    storage: options.storage,
    // Straight to the server: what a call says is then what the server has said to it.
    saves: { autoSync: false, store: createMemoryStore() },
    fetch: recordingFetch({
      onRequest: told => requests.push(told),
      // One that was not answered goes again before the next one does.
      onWrite: (operation, round, base) => {
        const known = basesOf(operation)
        known.set(round, [...(known.get(round) ?? []), base])
      },
    }),
    ...hurry,
  })

  const known = (slot: string, share: number): number | undefined => {
    const versions = heard.get(slot) ?? []
    return versions[Math.floor(share * versions.length)]
  }

  function hear(slot: string, version: number): void {
    const versions = heard.get(slot) ?? []
    if (!versions.includes(version))
      heard.set(
        slot,
        [...versions, version].sort((a, b) => a - b),
      )
  }

  const baseOf = ({ base, slot, share }: Step): number | undefined => {
    if (base === 'stale') return known(slot, share)
    return base === 'empty' ? 0 : undefined
  }

  async function save(id: string, step: Step): Promise<Told> {
    const { slot, filler } = step
    const base = baseOf(step)
    const merge = (mine: Made): Made => ({ ...mine, round: mine.round + 1 })
    const data: Made = { op: id, round: 0, filler }
    const answer = await cloud.saves.save<Made>(slot, data, {
      ...(base === undefined ? {} : { base_version: base }),
      ...(step.merges ? { merge } : {}),
    })
    if (!answer.success) return failureOf(slot, answer.error)
    return { outcome: 'ok', wrote: writtenAs(answer) }
  }

  async function load({ slot }: Step): Promise<Told> {
    const answer = await cloud.saves.load(slot)
    if (!answer.success) return failureOf(slot, answer.error)
    const { save: found, data } = answer
    // The hash of what the game was given, not the one that came along.
    return { outcome: 'ok', saw: sightsOf(found).map(sight => ({ ...sight, hash: hashOf(data) })) }
  }

  async function remove({ slot, base, share }: Step): Promise<Told> {
    const base_version = base === 'stale' ? known(slot, share) : undefined
    const answer = await cloud.saves.delete(
      slot,
      base_version === undefined ? {} : { base_version },
    )
    if (!answer.success) return failureOf(slot, answer.error)
    return { outcome: 'ok', saw: [{ slot, version: undefined }] }
  }

  async function restore({ slot, share }: Step): Promise<Told> {
    const source = known(slot, share) ?? 1
    const answer = await cloud.saves.restore(slot, source)
    if (answer.success) return { outcome: 'ok', source, wrote: writtenAs(answer) }
    // `not_found` speaks of the version that was asked for, not of the slot.
    const failed = failureOf(slot, answer.error)
    // A restore names no base: a first try that nobody answered may arrive after the refusal, and hold then.
    const mayComeLate = requests.some(request => request.includes('restore -> no answer'))
    const told = mayComeLate ? { ...failed, outcome: 'unknown' as const } : failed
    return { ...told, source, saw: answer.error.code === 'not_found' ? [] : (told.saw ?? []) }
  }

  async function list({ slot }: Step): Promise<Told> {
    const answer = await cloud.saves.list()
    if (!answer.success) return { ...failureOf(slot, answer.error), saw: [] }
    const listed = new Set(answer.items.map(item => item.save_id))
    const absent = slots.filter(each => !listed.has(each))
    const saw = absent.map((each): Sight => ({ slot: each, version: undefined }))
    return { outcome: 'ok', saw: [...answer.items.flatMap(sightsOf), ...saw] }
  }

  async function history({ slot }: Step): Promise<Told> {
    const answer = await cloud.saves.history(slot)
    if (!answer.success) return { ...failureOf(slot, answer.error), saw: [] }
    const [newest] = answer.items
    for (const item of answer.items) if (!item.deleted) hear(slot, item.version)
    return {
      outcome: 'ok',
      saw: newest === undefined ? [{ slot, version: undefined }] : sightsOf(newest),
    }
  }

  const verbs: Record<string, (id: string, step: Step) => Promise<Told>> = {
    save,
    load: (_, step) => load(step),
    delete: (_, step) => remove(step),
    restore: (_, step) => restore(step),
    list: (_, step) => list(step),
    history: (_, step) => history(step),
  }

  async function take(step: Step): Promise<void> {
    const verb = verbs[step.kind]
    if (verb === undefined) throw new Error(`a device knows nothing of ${step.kind}`)
    const id = `${name}.${count++}`
    requests = []
    const call = performance.now()
    const told = await verb(id, step)
    const ret = performance.now()
    const operation: Operation = {
      saw: [],
      ...told,
      id,
      device: name,
      slot: step.slot,
      kind: step.kind,
      call,
      ret,
      bases: basesOf(id),
      requests,
    }
    for (const { slot, version } of operation.saw) if (version !== undefined) hear(slot, version)
    if (operation.wrote !== undefined) hear(step.slot, operation.wrote.version)
    options.onOperation(operation)
  }

  return {
    cloud,
    async run(isOver) {
      while (!isOver()) {
        const step = drawStep(dice, slots)
        await sleep(step.pauseMs)
        await take(step)
      }
    },
  }
}
