import type { Setting } from './gateway/setting.js'
import { ageGate } from './players/age/settings.js'
import { names, registration } from './players/auth/settings.js'
import { captcha } from './players/captcha/settings.js'
import { mailBranding, mailTemplates } from './players/mail/settings.js'
import { customTokens, deviceCodes, redirects } from './players/oauth/settings.js'
import { passkeySetting } from './players/passkeys/settings.js'
import { enforcement } from './players/policies/settings.js'
import { preferenceShape } from './players/preferences/settings.js'
import { parentalConsent, retention } from './players/privacy/settings.js'
import { documentIndexes, documentRules } from './progress/player-data/settings.js'
import { ratingSystems } from './progress/ratings/settings.js'
import { saveConflicts } from './progress/saves/settings.js'
import { worldHistory } from './progress/worlds/settings.js'
import { chatRetention, chatRules } from './social/chat/settings.js'
import { groupLimits } from './social/groups/settings.js'
import { peerSetting } from './social/ice/settings.js'
import { matchmakingQueues } from './social/matchmaking/settings.js'
import { partyLimits } from './social/parties/settings.js'
import { roomKinds } from './social/rooms/settings.js'
import { chatFilter } from './social/speech/settings.js'

/** Every document that a studio may set per environment, and that is promoted from one environment to another. */
export const settings: readonly Setting[] = [
  preferenceShape,
  captcha,
  registration,
  names,
  mailBranding,
  mailTemplates,
  passkeySetting,
  redirects,
  customTokens,
  deviceCodes,
  ageGate,
  enforcement,
  parentalConsent,
  retention,
  documentIndexes,
  documentRules,
  worldHistory,
  saveConflicts,
  chatRules,
  chatFilter,
  chatRetention,
  ratingSystems,
  peerSetting,
  groupLimits,
  partyLimits,
  matchmakingQueues,
  roomKinds,
]
