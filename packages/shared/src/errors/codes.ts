/**
 * Every refusal that leaves the house: code → HTTP status and one line of meaning.
 * The API document, the SDK's error type and the tests are made from this table.
 */
export const errorCodes = {
  // 400: what was sent is not understood
  malformed_request: [400, 'The request line, a header, the path or the query is malformed.'],
  malformed_json: [400, 'The body is not JSON.'],
  duplicate_key: [400, 'An object in the body names the same key twice.'],
  forbidden_key: [400, 'An object in the body uses a key that is never accepted.'],
  json_too_deep: [400, 'The body is nested more than 32 levels deep.'],
  json_too_complex: [400, 'The body has more than 300,000 keys, objects and lists.'],
  unsafe_number: [400, 'A number in the body cannot be kept exactly.'],
  invalid_text: [400, 'A text holds invalid UTF-8, a NUL character or half of a surrogate pair.'],
  invalid_request: [400, 'A value is missing, unknown or out of its bounds; `errors` says which.'],
  invalid_cursor: [400, 'The cursor was not made by this list.'],
  // 401 and 403: who asks
  credential_missing: [401, 'The request carries no credential, or not the kind this route takes.'],
  credential_invalid: [401, 'The API key is unknown or has been revoked.'],
  token_invalid: [401, 'The access token is malformed, or not for this environment.'],
  ticket_invalid: [
    401,
    'The connect ticket is unknown, expired or already used; ask for a new one.',
  ],
  token_expired: [401, 'The access token has expired; refresh the session.'],
  token_reused: [401, 'The refresh token was used before; the session has been ended.'],
  session_ended: [401, 'The session was ended or has expired; sign in again.'],
  invalid_credentials: [
    401,
    'The e-mail and password, or the device secret, do not match an account.',
  ],
  mfa_required: [403, 'The organisation lets in only sessions that have proven a second factor.'],
  account_banned: [403, 'The account is banned; `reason` and `ends_at` say why and until when.'],
  second_factor_required: [
    403,
    'The first factor was right; send the second one with `mfa_token`.',
  ],
  reauthentication_required: [403, 'This needs a fresh proof of who you are: sign in again first.'],
  wrong_key_kind: [403, 'This route does not take that kind of API key.'],
  insufficient_scope: [
    403,
    'The API key, or the role of the member, lacks the scope of this route.',
  ],
  secret_key_in_browser: [
    403,
    'A secret key was sent by a browser; revoke it and use a publishable key.',
  ],
  forbidden: [403, 'The caller may see this, but not do that.'],
  consent_required: [403, 'The player has not agreed to this purpose.'],
  origin_forbidden: [403, 'Pages of this origin may not open a socket here.'],
  room_forbidden: [403, 'The room admits only the players of its match.'],
  // 404 to 431
  not_found: [404, 'There is no such thing here.'],
  method_not_allowed: [405, 'The path exists, but not with this method.'],
  request_timeout: [408, 'The request took too long to arrive.'],
  email_taken: [409, 'An account with this e-mail exists.'],
  username_taken: [409, 'Another player has this username.'],
  save_conflict: [409, 'A newer version of the slot exists; `current` carries it.'],
  board_exists: [409, 'The leaderboard exists with other rules.'],
  nonce_taken: [409, 'This nonce is registered already.'],
  version_mismatch: [412, 'The thing has changed since it was read.'],
  body_too_large: [413, 'The body is larger than this route takes.'],
  unsupported_media_type: [415, 'The body is not of a type that this route takes; JSON is in UTF-8.'],
  unsupported_encoding: [415, 'The content encoding is unknown or applied twice.'],
  idempotency_key_reused: [422, 'The Idempotency-Key was used before with another request.'],
  idempotency_key_required: [428, 'This write adds up, so it needs an Idempotency-Key.'],
  rate_limited: [429, 'Too many requests; `Retry-After` says when to come back.'],
  headers_too_large: [431, 'The headers are larger than 16 KiB.'],
  // On sockets only; the status tells what kind of refusal it is
  unknown_message: [400, 'There is no message of this type.'],
  not_in_room: [409, 'This socket is in no room; join one first.'],
  room_full: [409, 'The room has as many members as it takes.'],
  room_elsewhere: [421, 'The room lives on another node; a ticket for the room leads there.'],
  not_queued: [409, 'The player waits in no queue.'],
  already_queued: [409, 'The player already waits in a queue with other wishes; leave it first.'],
  already_matched: [409, 'The match was made before this could cancel it.'],
  // 5xx: ours
  internal: [500, 'Something went wrong on our side; `request_id` finds it in the logs.'],
  busy: [503, 'Too much is asked of this server at once; try again shortly.'],
  unavailable: [503, 'A part that this needs does not answer; try again shortly.'],
} as const satisfies Record<string, readonly [status: number, meaning: string]>

/** One of the codes above. */
export type ErrorCode = keyof typeof errorCodes
