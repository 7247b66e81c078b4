import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { readJson, writePrivateJson } from './private-json.js'
import { Trouble } from './trouble.js'

/** The demo studio and its keys to the development environment. */
export type Demo = {
  email: string
  password: string
  environment_id: string
  publishable_key: string
  secret_key: string
}

type Call = { method: string; path: string; body?: object; bearer?: string; key?: string }
type Answer = { status: number; body: unknown }

const names = ['email', 'password', 'environment_id', 'publishable_key', 'secret_key'] as const
const board = '/api/v1/leaderboards/skirmish_kills'

/** Walks into parsed JSON; undefined where the path ends early. */
function at(value: unknown, ...keys: string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? Object.entries(inner).find(([name]) => name === key)?.[1]
        : undefined,
    value,
  )
}

function text(value: unknown, ...keys: string[]): string {
  const found = at(value, ...keys)
  if (typeof found === 'string') return found
  throw new Trouble(`The API's answer lacks ${keys.join('.')}: ${JSON.stringify(value)}`)
}

async function call(apiUrl: string, { method, path, body, bearer, key }: Call): Promise<Answer> {
  const response = await fetch(apiUrl + path, {
    method,
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...(key ? { 'x-api-key': key } : {}),
    },
    body: body ? JSON.stringify(body) : null,
    signal: AbortSignal.timeout(20_000),
  })
  return { status: response.status, body: await response.json().catch(() => undefined) }
}

async function must(apiUrl: string, wanted: Call): Promise<unknown> {
  const { status, body } = await call(apiUrl, wanted)
  if (status < 300) return body
  throw new Trouble(
    `The demo project could not be made: ${wanted.method} ${wanted.path} answered ${status} ${JSON.stringify(body)}`,
  )
}

function remembered(file: string): Demo | undefined {
  const kept = readJson(file)
  const [email, password, environment_id, publishable_key, secret_key] = names.map(name => {
    const value = at(kept, name)
    return typeof value === 'string' ? value : ''
  })
  if (!email || !password || !environment_id || !publishable_key || !secret_key) return undefined
  return { email, password, environment_id, publishable_key, secret_key }
}

function defineBoard(apiUrl: string, key: string): Promise<Answer> {
  const body = { order: 'desc', keep: 'best' }
  return call(apiUrl, { method: 'PUT', path: board, body, key })
}

async function stillWorks(apiUrl: string, demo: Demo): Promise<boolean> {
  const { email, password, publishable_key } = demo
  const login = { method: 'POST', path: '/api/v1/studio/login', body: { email, password } }
  const [member, secret, publishable] = await Promise.all([
    call(apiUrl, login),
    defineBoard(apiUrl, demo.secret_key),
    call(apiUrl, { method: 'GET', path: `${board}?range=global`, key: publishable_key }),
  ])
  const isKeyGood = at(publishable.body, 'code') !== 'credential_invalid'
  return member.status < 300 && secret.status < 300 && isKeyGood
}

/** The address stays readable; a database that outlived the data directory may know it already. */
async function signUp(apiUrl: string, password: string): Promise<{ email: string; token: string }> {
  for (const email of [
    'studio@example.com',
    `studio-${randomBytes(4).toString('hex')}@example.com`,
  ]) {
    const body = { email, password, name: 'Demo Studio' }
    const answer = await call(apiUrl, { method: 'POST', path: '/api/v1/studio/signup', body })
    if (answer.status === 201) return { email, token: text(answer.body, 'session', 'access_token') }
    if (answer.status !== 409) {
      throw new Trouble(
        `The demo studio could not sign up: ${answer.status} ${JSON.stringify(answer.body)}`,
      )
    }
  }
  throw new Trouble('The demo studio could not sign up: both addresses are taken.')
}

function developmentOf(project: unknown): string {
  const environments = at(project, 'project', 'environments')
  const list = Array.isArray(environments) ? environments : []
  return text(
    list.find(environment => at(environment, 'name') === 'development'),
    'id',
  )
}

async function make(apiUrl: string): Promise<Demo> {
  const password = randomBytes(12).toString('base64url')
  const { email, token } = await signUp(apiUrl, password)
  const post = (path: string, body: object) =>
    must(apiUrl, { method: 'POST', path: `/api/v1/studio/${path}`, body, bearer: token })
  const organization = await post('organizations', { name: 'Demo Studio' })
  const projects = `organizations/${text(organization, 'organization', 'id')}/projects`
  const environment_id = developmentOf(await post(projects, { name: 'Skirmish' }))
  const keys = `environments/${environment_id}/keys`
  const publishable = await post(keys, { kind: 'publishable', name: 'game' })
  const secret = await post(keys, { kind: 'secret', name: 'scripts' })
  return {
    email,
    password,
    environment_id,
    publishable_key: text(publishable, 'api_key'),
    secret_key: text(secret, 'api_key'),
  }
}

/**
 * Makes a demo organisation, project, keys and leaderboard through the public API, unless those of an earlier start
 * (kept in demo.json) still work.
 */
export async function seedDemo(apiUrl: string, dataDir: string): Promise<Demo> {
  const file = path.join(dataDir, 'demo.json')
  const before = remembered(file)
  if (before && (await stillWorks(apiUrl, before))) return before
  const demo = await make(apiUrl)
  const defined = await defineBoard(apiUrl, demo.secret_key)
  if (defined.status >= 300) {
    throw new Trouble(`The demo leaderboard could not be made: ${JSON.stringify(defined.body)}`)
  }
  writePrivateJson(file, demo)
  return demo
}
