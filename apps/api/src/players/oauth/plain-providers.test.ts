import { codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { codeIn, type OauthGame, openOauthGame, SignedInAnswer } from '../../testing/oauth-game.js'
import {
  type ProviderDouble,
  startProviderDouble,
  type Told,
} from '../../testing/provider-double.js'

const stack = inject('stack')
const client = { client_id: 'Iv1.8a61f9b3a7aba766', client_secret: 'the secret of the client' }

let github: ProviderDouble
let discord: ProviderDouble
let game: OauthGame

beforeAll(async () => {
  github = await startProviderDouble()
  discord = await startProviderDouble()
  game = await openOauthGame(stack, {
    OAUTH_ENDPOINTS: `github=${github.url},discord=${discord.url}`,
  })
  expect((await game.setProvider('github', client)).status).toBe(200)
  expect((await game.setProvider('discord', client)).status).toBe(200)
})
afterAll(async () => {
  await Promise.all([game?.close(), github?.close(), discord?.close()])
})

/** The shapes in which GitHub's REST API answers. */
const githubUser = (id: number, login: string) => ({
  login,
  id,
  node_id: 'MDQ6VXNlcjE=',
  avatar_url: 'https://avatars.githubusercontent.example/u/1?v=4',
  html_url: `https://github.example/${login}`,
  type: 'User',
  site_admin: false,
  name: 'The Octocat',
  company: null,
  email: null,
  two_factor_authentication: true,
})

function beGithub(id: number, login: string, emails: Told) {
  github.tell('/login/oauth/access_token', {
    json: { access_token: `gho_${login}`, scope: 'read:user,user:email', token_type: 'bearer' },
  })
  github.tell('/user', { json: githubUser(id, login) })
  github.tell('/user/emails', emails)
}

const emailsOf = (email: string, verified = true): Told => ({
  json: [
    { email: `old-${email}`, primary: false, verified: true, visibility: null },
    { email, primary: true, verified, visibility: 'private' },
  ],
})

const discordUser = (id: string, username: string, verified = true) => ({
  id,
  username,
  discriminator: '0',
  global_name: 'Nelly',
  avatar: '8342729096ea3675442027381ff50dfe',
  verified,
  email: `${username}@discord.example`,
  flags: 64,
  banner: null,
  accent_color: null,
  premium_type: 1,
  public_flags: 64,
})

function beDiscord(id: string, username: string, verified = true) {
  discord.tell('/api/oauth2/token', {
    json: {
      access_token: `6qrZcUqja7812RVdnEKjpzOL4CvHBFG-${id}`,
      token_type: 'Bearer',
      expires_in: 604800,
      refresh_token: 'D43f5y0ahjqew82jZ4NViEr2YafMKhue',
      scope: 'identify email',
    },
  })
  discord.tell('/api/v10/users/@me', { json: discordUser(id, username, verified) })
}

async function signInWith(provider: 'github' | 'discord') {
  const flow = await game.begin(provider)
  const search = new URLSearchParams({
    code: '20edda08bd32c9a4d5f1',
    state: flow.providerUrl.searchParams.get('state') ?? '',
  })
  const callback = `${game.apiUrl}/api/v1/auth/oauth/callback/${provider}`
  const back = await flow.browser.load(`${callback}?${search}`)
  return { flow, answer: await game.trade(codeIn(back.location), flow.verifier) }
}

test('GitHub signs in: by its number, with its primary verified e-mail', async () => {
  beGithub(583231, 'octocat', emailsOf('octocat@github.example'))
  const { flow, answer } = await signInWith('github')
  const { user } = SignedInAnswer.parse(answer.body)
  expect(user).toMatchObject({
    username: 'octocat',
    email: 'octocat@github.example',
    email_verified: true,
  })
  const asked = flow.providerUrl.searchParams
  expect(flow.providerUrl.pathname).toBe('/login/oauth/authorize')
  expect(Object.fromEntries(asked)).toMatchObject({
    response_type: 'code',
    client_id: client.client_id,
    scope: 'read:user user:email',
    code_challenge_method: 'S256',
    redirect_uri: `${game.apiUrl}/api/v1/auth/oauth/callback/github`,
  })
  // Renamed there, the same player here.
  beGithub(583231, 'octocat-renamed', emailsOf('new@github.example'))
  expect(SignedInAnswer.parse((await signInWith('github')).answer.body).user.id).toBe(user.id)
})

test('C2: GitHub and Discord get the verifier of exactly this flow', async () => {
  beGithub(2, 'two', { status: 404, json: { message: 'Not Found' } })
  const { flow } = await signInWith('github')
  const sent = github.asked.findLast(({ url }) => url.pathname === '/login/oauth/access_token')
  const verifier = new URLSearchParams(sent?.body).get('code_verifier') ?? ''
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  expect(Buffer.from(digest).toString('base64url')).toBe(
    flow.providerUrl.searchParams.get('code_challenge'),
  )
})

test('C8: GitHub without a verified e-mail still signs in, without one', async () => {
  beGithub(3, 'three', emailsOf('three@github.example', false))
  expect(SignedInAnswer.parse((await signInWith('github')).answer.body).user.email).toBeNull()
  beGithub(4, 'four', { status: 403, json: { message: 'Resource not accessible by integration' } })
  expect(SignedInAnswer.parse((await signInWith('github')).answer.body).user.email).toBeNull()
})

test('GitHub answers a bad code with 200 and an error, and nobody is signed in', async () => {
  github.tell('/login/oauth/access_token', {
    json: {
      error: 'bad_verification_code',
      error_description: 'The code passed is incorrect or expired.',
      error_uri: 'https://docs.github.example/',
    },
  })
  expect(codeOf((await signInWith('github')).answer)).toBe('provider_refused')
})

test('Discord signs in: by its snowflake, with an e-mail only when that is verified', async () => {
  beDiscord('80351110224678912', 'nelly')
  const { flow, answer } = await signInWith('discord')
  expect(SignedInAnswer.parse(answer.body).user).toMatchObject({
    username: 'nelly',
    email: 'nelly@discord.example',
  })
  expect(flow.providerUrl.pathname).toBe('/oauth2/authorize')
  expect(flow.providerUrl.searchParams.get('scope')).toBe('identify email')
  const profile = discord.asked.findLast(({ url }) => url.pathname === '/api/v10/users/@me')
  expect(profile?.headers.authorization).toBe(
    'Bearer 6qrZcUqja7812RVdnEKjpzOL4CvHBFG-80351110224678912',
  )
  beDiscord('80351110224678913', 'unverified', false)
  const second = SignedInAnswer.parse((await signInWith('discord')).answer.body)
  expect(second.user.email).toBeNull()
})

test('the same number at two providers is two players', async () => {
  beGithub(777, 'seven', emailsOf('seven@github.example'))
  beDiscord('777', 'seven')
  const one = SignedInAnswer.parse((await signInWith('github')).answer.body)
  const two = SignedInAnswer.parse((await signInWith('discord')).answer.body)
  expect(one.user.id).not.toBe(two.user.id)
})

const tradeToken = (provider: string, access_token: string) =>
  game.game('POST', `/auth/oauth/${provider}`, { access_token })

test('C5: an access token of GitHub counts only when GitHub says that it was made for this game', async () => {
  beGithub(5, 'five', emailsOf('five@github.example'))
  const path = `/applications/${client.client_id}/token`
  github.tell(path, ({ body, headers }) => {
    const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')
    const { access_token } = JSON.parse(body)
    if (headers.authorization !== `Basic ${basic}`) return { status: 401, json: {} }
    if (access_token !== 'gho_five') return { status: 404, json: { message: 'Not Found' } }
    const app = { name: 'The game', url: 'https://game.example', client_id: client.client_id }
    return { json: { id: 1, token: access_token, app, user: githubUser(5, 'five') } }
  })
  expect((await tradeToken('github', 'gho_five')).status).toBe(200)
  expect(codeOf(await tradeToken('github', 'gho_other'))).toBe('identity_token_invalid')
  github.tell(path, { json: { app: { client_id: 'another app' }, user: githubUser(5, 'five') } })
  expect(codeOf(await tradeToken('github', 'gho_five'))).toBe('identity_token_invalid')
})

test('C5: an access token of Discord counts only when Discord says that it was made for this game', async () => {
  beDiscord('80351110224678920', 'twenty')
  const told = (id: string) => ({
    json: {
      application: { id, name: 'The game', icon: null, description: '', bot_public: true },
      scopes: ['identify', 'email'],
      expires: '2030-01-01T00:00:00.000000+00:00',
      user: discordUser('80351110224678920', 'twenty'),
    },
  })
  discord.tell('/api/v10/oauth2/@me', told(client.client_id))
  expect((await tradeToken('discord', 'a-token')).status).toBe(200)
  discord.tell('/api/v10/oauth2/@me', told('another game'))
  expect(codeOf(await tradeToken('discord', 'a-token'))).toBe('identity_token_invalid')
  discord.tell('/api/v10/oauth2/@me', {
    status: 401,
    json: { message: '401: Unauthorized', code: 0 },
  })
  expect(codeOf(await tradeToken('discord', 'a-token'))).toBe('identity_token_invalid')
})

test('neither of them issues ID tokens', async () => {
  for (const provider of ['github', 'discord']) {
    const answer = await game.game('POST', `/auth/oauth/${provider}`, { id_token: 'a.b.c' })
    expect(codeOf(answer)).toBe('invalid_request')
  }
})

test('a sign-in is one of the ways, not several at once', async () => {
  for (const body of [
    {},
    { id_token: 'a.b.c', access_token: 'x' },
    { redirect_uri: 'https://game.example/', id_token: 'a.b.c' },
  ]) {
    expect(codeOf(await game.game('POST', '/auth/oauth/github', body))).toBe('invalid_request')
  }
})
