import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Closable } from '@aethex/shared/lifecycle'
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose'

/** A request as the double saw it. */
export interface Asked {
  method: string
  url: URL
  headers: IncomingHttpHeaders
  body: string
}

/** What the double answers: JSON, or bytes as they are. */
export interface Told {
  status?: number
  json?: unknown
  bytes?: string | Uint8Array
  headers?: Record<string, string>
  afterMs?: number
}

type Teller = Told | ((asked: Asked) => Told | Promise<Told>)

/** A provider that answers what a test tells it to. */
export interface ProviderDouble extends Closable {
  url: string
  host: string
  asked: Asked[]
  /** Answers a path from now on. */
  tell(path: string, told: Teller): void
}

export async function startProviderDouble(): Promise<ProviderDouble> {
  const told = new Map<string, Teller>()
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', headers } = request
    const url = new URL(request.url ?? '/', 'http://double')
    const seen = { method, url, headers, body: Buffer.concat(chunks).toString() }
    asked.push(seen)
    const teller = told.get(url.pathname) ?? { status: 404, json: { message: 'Not Found' } }
    const answer = typeof teller === 'function' ? await teller(seen) : teller
    if (answer.afterMs !== undefined) await wait(answer.afterMs, undefined, { ref: false })
    const type = answer.json === undefined ? 'text/plain' : 'application/json'
    response.writeHead(answer.status ?? 200, { 'content-type': type, ...answer.headers })
    response.end(answer.json === undefined ? answer.bytes : JSON.stringify(answer.json))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    asked,
    tell: (path, teller) => void told.set(path, teller),
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Signs whatever claims it is told to, with the key that the double publishes or with another. */
export type Signer = (claims: JWTPayload, header?: Partial<JWTHeaderParameters>) => Promise<string>

/** Makes a double an OpenID Connect issuer: its documents are honest, its tokens are what a test signs. */
export async function becomeIssuer(
  double: ProviderDouble,
): Promise<{ sign: Signer; forge: Signer }> {
  const { url } = double
  const honest = await generateKeyPair('RS256', { extractable: true })
  const stranger = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(honest.publicKey)), kid: 'honest', use: 'sig', alg: 'RS256' }
  double.tell('/.well-known/openid-configuration', {
    json: {
      issuer: url,
      authorization_endpoint: `${url}/o/oauth2/v2/auth`,
      device_authorization_endpoint: `${url}/device/code`,
      token_endpoint: `${url}/token`,
      userinfo_endpoint: `${url}/v1/userinfo`,
      revocation_endpoint: `${url}/revoke`,
      jwks_uri: `${url}/oauth2/v3/certs`,
      response_types_supported: ['code', 'token', 'id_token', 'code token', 'code id_token'],
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'email', 'profile'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      claims_supported: ['aud', 'email', 'email_verified', 'exp', 'iat', 'iss', 'name', 'sub'],
      code_challenge_methods_supported: ['plain', 'S256'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
    },
  })
  double.tell('/oauth2/v3/certs', { json: { keys: [jwk] } })
  const signer =
    (key: CryptoKey): Signer =>
    (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'honest', ...header }).sign(key)
  return { sign: signer(honest.privateKey), forge: signer(stranger.privateKey) }
}
