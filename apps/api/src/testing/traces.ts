import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { openBlobs } from '@aethex/shared/blobs'
import { createLog } from '@aethex/shared/log'
import { openRedis, type Redis } from '@aethex/shared/redis'
import type { SharedStack } from '@aethex/shared/testing'
import { z } from 'zod'
import type { Stored } from './stored.js'

/** Where a text was found: `table:player`, `s3:saves/…`, `redis:…`, `clickhouse:events`, `disk:…`. */
export type Traces = string[]

type Needles = readonly string[]

const hold = (text: string | Buffer, needles: Needles) => needles.some(one => text.includes(one))

/** A stack that many tests have used holds so much that one thing after the other takes minutes. */
async function eachOf<T>(all: readonly T[], atOnce: number, look: (one: T) => Promise<void>) {
  const left = all.values()
  const lane = async () => {
    for (const one of left) await look(one)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

async function inTables({ rows }: Stored, needles: Needles): Promise<Traces> {
  const tables = await rows(
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
  )
  const found: Traces = []
  for (const { tablename } of tables) {
    // Bytes are written as hex, so a text within them is looked for in that spelling, too.
    const [row] = await rows(
      `SELECT count(*) AS n FROM "${tablename}" t WHERE t::text ILIKE ANY ($1)`,
      needles.flatMap(one => [`%${one}%`, `%${Buffer.from(one).toString('hex')}%`]),
    )
    if (Number(row?.n) > 0) found.push(`table:${tablename}`)
  }
  return found
}

const plainOf = (bytes: Uint8Array): Buffer => {
  try {
    return brotliDecompressSync(bytes)
  } catch {
    return Buffer.from(bytes)
  }
}

async function inObjects({ s3 }: SharedStack, needles: Needles): Promise<Traces> {
  const blobs = openBlobs({
    endpoint: s3.endpoint,
    region: s3.region,
    bucket: s3.bucket,
    accessKeyId: s3.access_key_id,
    secretAccessKey: s3.secret_access_key,
  })
  const found: Traces = []
  try {
    const look = async (key: string) => {
      const bytes = await blobs.find(key)
      const isThere = hold(key, needles) || (bytes && hold(plainOf(bytes), needles))
      if (isThere) found.push(`s3:${key.split('/', 1)[0]}`)
    }
    for await (const keys of blobs.list('')) await eachOf(keys, 8, look)
  } finally {
    await blobs.close()
  }
  return found
}

/** Whatever a key holds, as text. */
async function contentOf(redis: Redis, key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'string':
      return (await redis.get(key)) ?? ''
    case 'hash':
      return JSON.stringify(await redis.hgetall(key))
    case 'zset':
      return JSON.stringify(await redis.zrange(key, 0, -1))
    case 'set':
      return JSON.stringify(await redis.smembers(key))
    case 'list':
      return JSON.stringify(await redis.lrange(key, 0, -1))
    case 'stream':
      return JSON.stringify(await redis.xrange(key, '-', '+'))
    default:
      return ''
  }
}

async function inRedis({ redis_url }: SharedStack, needles: Needles): Promise<Traces> {
  const redis = openRedis(redis_url, createLog('test', 'silent'))
  // A look at every key there is may pause on a busy machine: only a request has no time for that.
  redis.options.commandTimeout = 30_000
  const found: Traces = []
  try {
    let cursor = '0'
    do {
      const [next, keys] = await redis.scan(cursor, 'COUNT', 500)
      cursor = next
      await eachOf(keys, 100, async key => {
        if (hold(key, needles) || hold(await contentOf(redis, key), needles))
          found.push(`redis:${key.split(':', 2).join(':')}`)
      })
    } while (cursor !== '0')
  } finally {
    redis.disconnect()
  }
  return found
}

const Count = z.object({ data: z.array(z.object({ n: z.coerce.number() })) })

async function inEvents({ clickhouse_url }: SharedStack, needles: Needles): Promise<Traces> {
  const url = new URL(clickhouse_url)
  const authorization = `Basic ${Buffer.from(`${url.username}:${decodeURIComponent(url.password)}`).toString('base64')}`
  const database = url.pathname.slice(1)
  url.username = ''
  url.password = ''
  url.pathname = '/'
  if (database !== '') url.searchParams.set('database', database)
  const texts = "concat(toString(player_id), ' ', name, ' ', properties)"
  const found = needles.map(one => `position(${texts}, '${one}') > 0`).join(' OR ')
  const body = `SELECT count() AS n FROM events WHERE ${found} FORMAT JSON`
  const answer = await fetch(url, { method: 'POST', headers: { authorization }, body })
  const { data } = Count.parse(JSON.parse(await answer.text()))
  return (data[0]?.n ?? 0) > 0 ? ['clickhouse:events'] : []
}

function onDisk({ data_dir }: SharedStack, needles: Needles): Traces {
  const folder = path.join(data_dir, 'spool')
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap(entry => {
    if (!entry.isFile()) return []
    const file = path.join(entry.parentPath, entry.name)
    return hold(readFileSync(file), needles) ? [`disk:${entry.name}`] : []
  })
}

/** Looks for texts in every store of a stack: PostgreSQL, S3, Redis, ClickHouse and the spool of events. */
export async function findTraces(
  stack: SharedStack,
  stored: Stored,
  ...needles: [string, ...string[]]
): Promise<Traces> {
  const found = await Promise.all([
    inTables(stored, needles),
    inObjects(stack, needles),
    inRedis(stack, needles),
    inEvents(stack, needles),
    onDisk(stack, needles),
  ])
  return [...new Set(found.flat())].sort()
}
