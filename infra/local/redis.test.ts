import { statSync } from 'node:fs'
import path from 'node:path'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { freePort } from './ports.js'
import { runProcess } from './processes.js'
import { prepareRedis } from './redis.js'
import { withScratchFolder } from './scratch-folder.js'

async function inFolder(dataDir: string) {
  const port = await freePort()
  const logFile = path.join(dataDir, 'redis.log')
  return prepareRedis({ dataDir, port, password: 'correct-horse', logFile })
}

async function withClient<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { retryStrategy: () => null, lazyConnect: true })
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    client.disconnect()
  }
}

test('keeps what it acknowledged when it is killed and started again', () =>
  withScratchFolder(async dataDir => {
    const { spec, url } = await inFolder(dataDir)
    const first = await runProcess(spec)
    await withClient(url, client => client.set('kept', 'yes'))
    first.kill('SIGKILL')
    await first.exited
    const second = await runProcess(spec)
    expect(await withClient(url, client => client.get('kept'))).toBe('yes')
    expect(await second.stop()).toEqual({ code: 0, signal: null })
  }))

test('answers only those who know the password, which no command line shows', () =>
  withScratchFolder(async dataDir => {
    const { spec, url } = await inFolder(dataDir)
    const running = await runProcess(spec)
    const wrong = url.replace('correct-horse', 'guess')
    await expect(withClient(wrong, client => client.get('kept'))).rejects.toThrow()
    expect(spec.args.join(' ')).not.toContain('correct-horse')
    expect(statSync(path.join(dataDir, 'redis', 'redis.conf')).mode & 0o077).toBe(0)
    await running.stop()
  }))

test('never throws away a queued job to make room', () =>
  withScratchFolder(async dataDir => {
    const { spec, url } = await inFolder(dataDir)
    const running = await runProcess(spec)
    const settings = await withClient(url, async client => [
      await client.config('GET', 'maxmemory-policy'),
      await client.config('GET', 'appendonly'),
    ])
    expect(settings).toEqual([
      ['maxmemory-policy', 'noeviction'],
      ['appendonly', 'yes'],
    ])
    await running.stop()
  }))
