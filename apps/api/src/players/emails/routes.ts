import { route } from '../../gateway/context.js'
import { askedLanguage } from '../auth/service.js'
import { CheckYourMail, EmailChange, Forgot, OneCode, OwnUser, Reset, Verified } from './schema.js'
import {
  changeEmail,
  confirmEmailChange,
  forgotPassword,
  requestVerification,
  resetPassword,
  verifyEmail,
} from './service.js'

// What one letter box gets is bounded in the outbox; this bounds how many boxes one address can fill.
const letters = { name: 'letters', quota: 300, windowSeconds: 600 }

export const emailRoutes = [
  route({
    id: 'emails.request_verification',
    method: 'post',
    path: '/api/v1/auth/email/verify/request',
    summary: "Sends a code to the player's address, to prove it; nothing when it is proven.",
    auth: ['player'],
    status: 202,
    returns: CheckYourMail,
    errors: ['email_missing'],
    budget: letters,
    handle: (ctx, { headers }) => requestVerification(ctx, askedLanguage(headers)),
  }),
  route({
    id: 'emails.verify',
    method: 'post',
    path: '/api/v1/auth/email/verify',
    summary: 'Proves an address with the code from its letter; finishes a registration.',
    auth: ['client'],
    body: OneCode,
    example: { code: 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6' },
    returns: Verified,
    errors: ['code_invalid', 'email_taken'],
    handle: (ctx, { body }) => verifyEmail(ctx, body.code),
  }),
  route({
    id: 'emails.forgot_password',
    method: 'post',
    path: '/api/v1/auth/password/forgot',
    summary:
      'Sends a code for a new password, if the address has an account. Answers everybody alike.',
    auth: ['client'],
    body: Forgot,
    example: { email: 'ada@example.com' },
    status: 202,
    returns: CheckYourMail,
    budget: letters,
    handle: (ctx, { body, headers }) => forgotPassword(ctx, body.email, askedLanguage(headers)),
  }),
  route({
    id: 'emails.reset_password',
    method: 'post',
    path: '/api/v1/auth/password/reset',
    summary: 'Sets a new password with the code from a letter, and ends all sessions.',
    auth: ['client'],
    body: Reset,
    example: { code: 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6', password: 'correct horse battery' },
    returns: OwnUser,
    errors: ['code_invalid', 'busy'],
    handle: (ctx, { body }) => resetPassword(ctx, body),
  }),
  route({
    id: 'emails.change',
    method: 'post',
    path: '/api/v1/auth/email/change',
    summary: 'Sends a code to a new address and a notice to the old one. Wants a fresh sign-in.',
    auth: ['player'],
    body: EmailChange,
    example: { email: 'ada@example.org' },
    status: 202,
    returns: CheckYourMail,
    errors: ['reauthentication_required', 'second_factor_required'],
    budget: letters,
    handle: (ctx, { body, headers }) => changeEmail(ctx, body.email, askedLanguage(headers)),
  }),
  route({
    id: 'emails.confirm_change',
    method: 'post',
    path: '/api/v1/auth/email/change/confirm',
    summary: "Makes the new address the player's, with the code from its letter.",
    auth: ['player'],
    body: OneCode,
    example: { code: 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6' },
    returns: OwnUser,
    errors: ['code_invalid', 'email_taken'],
    handle: (ctx, { body }) => confirmEmailChange(ctx, body.code),
  }),
]
