import { route } from '../../gateway/context.js'
import { RedeemedNonce, RedeemNonce, RegisteredNonce, RegisterNonce } from './schema.js'
import { keepNonce, takeNonce } from './service.js'

export const nonceRoutes = [
  route({
    id: 'nonces.register',
    method: 'post',
    path: '/api/v1/nonces',
    summary: 'Keeps a payload under a nonce that can be redeemed once.',
    auth: ['server'],
    scope: 'nonces:write',
    body: RegisterNonce,
    example: { nonce: 'a-nonce-of-your-own', payload: { seat: 4 }, ttl_seconds: 60 },
    status: 201,
    returns: RegisteredNonce,
    errors: ['nonce_taken'],
    handle: (ctx, { body }) => keepNonce(ctx, body),
  }),
  route({
    id: 'nonces.redeem',
    method: 'post',
    path: '/api/v1/nonces/redeem',
    summary: 'Takes the payload of a nonce; works once.',
    auth: ['server'],
    scope: 'nonces:write',
    body: RedeemNonce,
    example: { nonce: 'a-nonce-of-your-own' },
    returns: RedeemedNonce,
    errors: ['not_found'],
    handle: async (ctx, { body }) => RedeemedNonce.parse(await takeNonce(ctx, body.nonce)),
  }),
]
