import { Reply } from '@aethex/shared/http'
import { route } from '../../gateway/context.js'
import { script, styles } from './page.js'
import {
  AuthOptions,
  AuthOptionsQuery,
  HandedOver,
  HandOver,
  HandOverTrade,
  OneAsset,
  OnePage,
  PageQuery,
  TakenOver,
} from './schema.js'
import { getAuthOptions, handOver, showPage, takeOver } from './service.js'

const assets = {
  'aethex-auth.js': { type: 'text/javascript; charset=utf-8', text: script },
  'page.css': { type: 'text/css; charset=utf-8', text: () => styles },
}

export const pageRoutes = [
  route({
    id: 'pages.options',
    method: 'get',
    path: '/api/v1/auth/options',
    summary: 'What a dialog for signing in must know: brand, providers, policies, captcha.',
    auth: ['client'],
    query: AuthOptionsQuery,
    returns: AuthOptions,
    handle: (ctx, { query }) => getAuthOptions(ctx, query.locale),
  }),
  route({
    id: 'pages.hand_over',
    method: 'post',
    path: '/api/v1/auth/hand-over',
    summary: 'Sends the browser from a hosted page back to the game, with a code for it.',
    auth: ['player'],
    body: HandOver,
    example: {
      redirect_uri: 'https://game.example/signed-in',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    },
    returns: HandedOver,
    errors: ['redirect_not_allowed', 'reauthentication_required'],
    handle: (ctx, { body }) => handOver(ctx, body),
  }),
  route({
    id: 'pages.take_over',
    method: 'post',
    path: '/api/v1/auth/hand-over/token',
    summary: 'Trades the code of a hosted page for a session of the game.',
    auth: ['client'],
    body: HandOverTrade,
    example: { code: 'the-code', code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' },
    returns: TakenOver,
    errors: ['sign_in_code_invalid', 'account_banned', 'account_closed'],
    handle: (ctx, { body }) => takeOver(ctx, body),
  }),
  route({
    id: 'pages.asset',
    method: 'get',
    path: '/auth/assets/:asset',
    summary: 'The script and the style of the hosted pages.',
    auth: ['public'],
    params: OneAsset,
    query: PageQuery.pick({}).extend({ v: PageQuery.shape.state }),
    answers: 'text/javascript; charset=utf-8',
    errors: ['not_found'],
    handle: (_ctx, { params }) => {
      const { type, text } = assets[params.asset]
      const headers = {
        'content-type': type,
        'cache-control': 'public, max-age=31536000, immutable',
      }
      return new Reply(text(), { headers })
    },
  }),
  route({
    id: 'pages.show',
    method: 'get',
    path: '/auth/:page',
    summary: 'A hosted page: sign-in, sign-up, forgot, reset, verify, device.',
    auth: ['public'],
    params: OnePage,
    query: PageQuery,
    answers: 'text/html; charset=utf-8',
    errors: ['not_found', 'credential_invalid', 'wrong_key_kind'],
    handle: async (ctx, { params, query }) => {
      const { html, policy } = await showPage(ctx, params.page, query)
      const headers = { 'content-security-policy': policy, 'referrer-policy': 'no-referrer' }
      return new Reply(html, { headers })
    },
  }),
]
