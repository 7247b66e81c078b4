import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openDatabase } from '@aethex/shared/db'
import { createLog } from '@aethex/shared/log'
import { freshEnvironment, type SharedStack, type TestEnvironment } from '@aethex/shared/testing'
import { writeContract } from '../../../../apps/api/src/studio/billing/service.js'
import type { HttpFault } from '../../../faults/http-fault.js'
import { type HttpProxy, startHttpProxy } from '../../../faults/http-proxy.js'
import {
  type PostgresFault,
  type PostgresProxy,
  startPostgresProxy,
} from '../../../faults/postgres-proxy.js'
import { freePort } from '../../../local/ports.js'
import { startTestStack, type TestStack } from '../../test-stack.js'
import { type ApiProcess, apiProcess } from './api-process.js'

/** What the links of an arena do to what goes over them. Replaced at any time. */
export interface Weather {
  s3: (asked: { method: string; path: string }) => HttpFault
  postgres: (statement: string) => PostgresFault
}

export const calm: Weather = {
  s3: () => ({ kind: 'none' }),
  postgres: () => ({ kind: 'none' }),
}

/** The parts that may be killed. */
export const mortals = ['api-1', 'api-2', 'postgres', 's3'] as const
export type Mortal = (typeof mortals)[number]

/** An environment, and how many versions of a slot it keeps in any case. */
export interface Ground extends TestEnvironment {
  keeps: number
}

/** A platform with two APIs of its own, whose ways to PostgreSQL and to the object store lead through proxies. */
export interface Arena {
  platform: TestStack
  /** One whose tier keeps long histories, and one that thins them as it goes. */
  grounds: { whole: Ground; thinned: Ground }
  apis: readonly ApiProcess[]
  weather: Weather
  /** How often each fault happened. */
  faults: Map<string, number>
  /** Ends both APIs and starts them anew from another bundle. */
  changeApis(bundle: string): Promise<void>
  kill(part: Mortal): Promise<void>
  start(part: Mortal): Promise<void>
  /** Resolves when nothing is on its way between the APIs and the store. */
  settled(): Promise<void>
  close(): Promise<void>
}

const portOf = (url: string) => Number(new URL(url).port)

function through(url: string, proxy: PostgresProxy): string {
  const changed = new URL(url)
  changed.port = String(proxy.port)
  return changed.href
}

export const count = (counts: Map<string, number>, name: string) =>
  counts.set(name, (counts.get(name) ?? 0) + 1)

async function groundOf(stack: SharedStack, tier: 'free' | 'enterprise'): Promise<Ground> {
  const environment = await freshEnvironment(stack)
  if (tier === 'free') return { ...environment, keeps: 10 }
  const db = openDatabase(stack.database_url, createLog('test', 'silent'), 1)
  await writeContract({ db, now: () => new Date() }, environment.organizationId, {
    tier,
    overrides: {},
    priceMinor: null,
    validFrom: new Date(0),
    validUntil: null,
    writtenBy: 'a test',
    reason: 'long histories',
  })
  await db.close()
  return { ...environment, keeps: 200 }
}

export async function openArena(): Promise<Arena> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'aethex-saves-chaos-'))
  const platform = await startTestStack({ dataDir })
  const { file, stack } = platform
  stack.supervise = false
  const faults = new Map<string, number>()
  const arena: Pick<Arena, 'weather'> = { weather: calm }
  const postgres = await startPostgresProxy({
    target: () => portOf(file.app_database_url),
    faultOf: statement => arena.weather.postgres(statement),
    onFault: name => count(faults, `PostgreSQL: ${name}`),
  })
  const s3: HttpProxy = await startHttpProxy({
    target: () => portOf(file.s3.endpoint),
    faultOf: asked => arena.weather.s3(asked),
    onFault: name => count(faults, `S3: ${name}`),
  })
  const apis: ApiProcess[] = []
  for (const name of ['api-1', 'api-2']) {
    apis.push(
      apiProcess({
        name,
        port: await freePort(),
        stack: file,
        databaseUrl: through(file.app_database_url, postgres),
        s3Endpoint: s3.url,
      }),
    )
  }
  const close = async () => {
    for (const api of apis) await api.kill()
    await postgres.close()
    await s3.close()
    await platform.remove()
  }
  const apiNamed = (name: string) => apis.find(api => api.name === name)
  try {
    // Before the APIs start, which remember for a while what a tier allows.
    const grounds = {
      whole: await groundOf(file, 'enterprise'),
      thinned: await groundOf(file, 'free'),
    }
    await Promise.all(apis.map(api => api.start()))
    return Object.assign(arena, {
      platform,
      grounds,
      apis,
      faults,
      changeApis: async (bundle: string) => {
        await Promise.all(
          apis.map(async api => {
            await api.kill()
            await api.start(bundle)
          }),
        )
      },
      kill: async (part: Mortal) => {
        count(faults, `kill -9 ${part.replace(/-\d/, '')}`)
        await (apiNamed(part)?.kill() ?? stack.kill(part, 'SIGKILL'))
      },
      start: async (part: Mortal) => {
        await (apiNamed(part)?.start() ?? stack.start(part))
      },
      settled: () => s3.settled(),
      close,
    })
  } catch (error) {
    await close()
    throw error
  }
}
