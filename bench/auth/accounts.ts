import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { z } from 'zod'
import type { Site } from '../site.js'

/** Accounts that share one password. */
export interface Accounts {
  emails: string[]
  password: string
  /** As the API stores it; it tells what the API lets a hash cost on this machine. */
  hash: string
}

const Registered = z.object({ user: z.object({ id: z.string() }) })
const Hashes = z.array(z.object({ password_hash: z.string() })).length(1)

const readHash = `SELECT password_hash FROM password_credential
  WHERE environment_id = $1 AND player_id = $2`

const addAccounts = `WITH added AS (
    INSERT INTO player (environment_id, id, username, username_key)
    SELECT $1, gen_random_uuid(), 'sign-in-' || n, 'sign-in-' || n FROM generate_series(1, $2::int) n
    RETURNING environment_id, id, username),
  addressed AS (
    INSERT INTO player_email (environment_id, player_id, email, email_key)
    SELECT environment_id, id, username || '@bench.example', username || '@bench.example' FROM added)
  INSERT INTO password_credential (environment_id, player_id, password_hash)
  SELECT environment_id, id, $3 FROM added`

async function register({ stack, demo }: Site, password: string): Promise<string> {
  const response = await fetch(`${stack.urls.api}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'x-api-key': demo.publishable_key, 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'first@bench.example', password, username: 'bench-first' }),
  })
  if (!response.ok) throw new Error(`nobody was registered: ${await response.text()}`)
  return Registered.parse(await response.json()).user.id
}

/** Registers one account as a player does, and adds the others past the API with the hash that it made. */
export async function addSharedAccounts(site: Site, count: number): Promise<Accounts> {
  const password = randomBytes(18).toString('base64url')
  const playerId = await register(site, password)
  const client = new pg.Client({ connectionString: site.stack.urls.database })
  await client.connect()
  try {
    const environmentId = site.demo.environment_id
    const { rows } = await client.query(readHash, [environmentId, playerId])
    const hash = Hashes.parse(rows)[0]?.password_hash ?? ''
    await client.query(addAccounts, [environmentId, count, hash])
    const emails = Array.from({ length: count }, (_, at) => `sign-in-${at + 1}@bench.example`)
    return { emails, password, hash }
  } finally {
    await client.end()
  }
}
