import type { PlayerData } from './gateway/player-data.js'
import { playerData as age } from './players/age/player-data.js'
import { playerData as account } from './players/auth/player-data.js'
import { playerData as emails } from './players/emails/player-data.js'
import { eventData, playerData as requests } from './players/erasure/player-data.js'
import { playerData as exports } from './players/exports/player-data.js'
import { playerData as identities } from './players/identities/player-data.js'
import { playerData as merges } from './players/merges/player-data.js'
import { playerData as passkeys } from './players/passkeys/player-data.js'
import { playerData as policies } from './players/policies/player-data.js'
import { playerData as preferences } from './players/preferences/player-data.js'
import { playerData as privacy } from './players/privacy/player-data.js'
import { playerData as profiles } from './players/profiles/player-data.js'
import { playerData as secondFactor } from './players/second-factor/player-data.js'
import { playerData as standing } from './players/standing/player-data.js'
import { playerData as notes } from './players/support/player-data.js'
import { playerData as formatRuns } from './progress/format-runs/player-data.js'
import { playerData as leaderboards } from './progress/leaderboards/player-data.js'
import { playerData as documents } from './progress/player-data/player-data.js'
import { playerData as ratings } from './progress/ratings/player-data.js'
import { playerData as saveUploads } from './progress/save-uploads/player-data.js'
import { playerData as saves } from './progress/saves/player-data.js'
import { playerData as chat } from './social/chat/player-data.js'
import { playerData as friends } from './social/friends/player-data.js'
import { playerData as groups } from './social/groups/player-data.js'
import { playerData as matchmaking } from './social/matchmaking/player-data.js'
import { playerData as parties } from './social/parties/player-data.js'
import { playerData as audit } from './studio/audit/player-data.js'
import { playerData as usage } from './studio/billing/player-data.js'
import { playerData as webhooks } from './studio/webhooks/player-data.js'

/**
 * Everything that is kept of players, feature by feature: what an export holds and an erasure ends.
 * The account goes last: with its row goes whatever refers to it.
 */
export const playerData: readonly PlayerData[] = [
  saveUploads,
  saves,
  formatRuns,
  documents,
  leaderboards,
  ratings,
  matchmaking,
  friends,
  groups,
  parties,
  chat,
  eventData,
  webhooks,
  usage,
  requests,
  exports,
  preferences,
  profiles,
  passkeys,
  secondFactor,
  identities,
  merges,
  policies,
  age,
  privacy,
  emails,
  notes,
  audit,
  standing,
  account,
]
