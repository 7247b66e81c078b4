import { factorRows, passkeyRows } from '@aethex/shared/second-factor'

/** Authenticator apps and recovery codes of members; their owner is `[memberId]`. */
export const factors = factorRows({
  totp: 'member_totp',
  codes: 'member_recovery_code',
  owner: ['member_id'],
})

/** The passkeys of members. */
export const passkeys = passkeyRows({ passkeys: 'member_passkey', owner: ['member_id'] })
