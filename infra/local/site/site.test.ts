import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import { expect, test } from 'vitest'
import { withScratchFolder } from '../scratch-folder.js'
import { startSite } from './server.js'

const config = { url: 'http://127.0.0.1:8080', api_key: 'pk_game' }

/** Sends a path as it is: fetch would tidy the dots away. */
function statusOf(port: number, rawPath: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: rawPath }, response => {
      response.resume()
      resolve(response.statusCode)
    })
      .once('error', reject)
      .end()
  })
}

function onSite(work: (port: number) => Promise<void>): Promise<void> {
  return withScratchFolder(async folder => {
    const dir = path.join(folder, 'dist')
    mkdirSync(dir)
    writeFileSync(path.join(dir, 'index.html'), '<title>Game</title>')
    writeFileSync(path.join(dir, 'game.js'), 'start()')
    writeFileSync(path.join(folder, 'secret.txt'), 'not for players')
    symlinkSync(path.join(folder, 'secret.txt'), path.join(dir, 'link.txt'))
    const site = await startSite({ dir, port: 0, config })
    await work(site.port).finally(site.close)
  })
}

test('serves the game with the types and the policy that browsers ask for', () =>
  onSite(async port => {
    const page = await fetch(`http://127.0.0.1:${port}/?join=1`)
    expect(await page.text()).toBe('<title>Game</title>')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'")
    const script = await fetch(`http://127.0.0.1:${port}/game.js`)
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    const again = await fetch(`http://127.0.0.1:${port}/game.js`, {
      headers: { 'if-none-match': script.headers.get('etag') ?? '' },
    })
    expect(again.status).toBe(304)
  }))

test('tells the game where its platform is', () =>
  onSite(async port => {
    const answer = await fetch(`http://127.0.0.1:${port}/config.json`)
    expect(await answer.json()).toEqual(config)
  }))

test.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/link.txt',
  '/%00',
  '/%zz',
  '/missing.js',
])('lets nothing out of its folder: %s', rawPath =>
  onSite(async port => expect(await statusOf(port, rawPath)).toBe(404)),
)
