import { factorRows } from '@aethex/shared/second-factor'

/** Authenticator apps and recovery codes of players; their owner is `[environmentId, playerId]`. */
export const factors = factorRows({
  totp: 'player_totp',
  codes: 'player_recovery_code',
  owner: ['environment_id', 'player_id'],
})
