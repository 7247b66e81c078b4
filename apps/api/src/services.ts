import type { Route } from '@aethex/shared/http'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Ctx, Parts } from './gateway/context.js'
import { playerData } from './player-data.js'
import { ageRoutes } from './players/age/routes.js'
import { keepAccountsTidy, rotateKeys } from './players/auth/jobs.js'
import { authRoutes } from './players/auth/routes.js'
import { captchaRoutes } from './players/captcha/routes.js'
import { sweepCodes } from './players/emails/jobs.js'
import { emailRoutes } from './players/emails/routes.js'
import { erasePlayers, keepTombstones } from './players/erasure/jobs.js'
import { erasureRoutes } from './players/erasure/routes.js'
import { makeExports } from './players/exports/jobs.js'
import { exportRoutes } from './players/exports/routes.js'
import { linkingRoutes } from './players/linking/routes.js'
import { carryMail } from './players/mail/jobs.js'
import { mailRoutes } from './players/mail/routes.js'
import { finishMerges } from './players/merges/jobs.js'
import { mergeRoutes } from './players/merges/routes.js'
import { nonceRoutes } from './players/nonces/routes.js'
import { authProviderRoutes, oauthRoutes } from './players/oauth/routes.js'
import { pageRoutes } from './players/pages/routes.js'
import { passkeyRoutes } from './players/passkeys/routes.js'
import { policyRoutes } from './players/policies/routes.js'
import { preferenceRoutes } from './players/preferences/routes.js'
import { confirmParentalConsents, keepRetention } from './players/privacy/jobs.js'
import { privacyRoutes } from './players/privacy/routes.js'
import { profileRoutes } from './players/profiles/routes.js'
import { secondFactorRoutes } from './players/second-factor/routes.js'
import { supportRoutes } from './players/support/routes.js'
import { tokenRoutes } from './players/tokens/routes.js'
import { keepFormatRuns } from './progress/format-runs/jobs.js'
import { formatRunRoutes } from './progress/format-runs/routes.js'
import { keepRanksTrue } from './progress/leaderboards/jobs.js'
import { leaderboardRoutes } from './progress/leaderboards/routes.js'
import { keepDocumentIndexes } from './progress/player-data/jobs.js'
import { documentRoutes } from './progress/player-data/routes.js'
import { keepReportsTidy } from './progress/ratings/jobs.js'
import { ratingRoutes } from './progress/ratings/routes.js'
import { saveFormatRoutes } from './progress/save-formats/routes.js'
import { keepUploadsTidy } from './progress/save-uploads/jobs.js'
import { saveUploadRoutes } from './progress/save-uploads/routes.js'
import { keepSavesTidy, sweepSaveOrphans } from './progress/saves/jobs.js'
import { saveRoutes } from './progress/saves/routes.js'
import { trimWorlds } from './progress/worlds/jobs.js'
import { worldRoutes } from './progress/worlds/routes.js'
import { endModerators, forgetChat } from './social/chat/jobs.js'
import { chatRoutes } from './social/chat/routes.js'
import { answerRelays, sweepFriendRequests } from './social/friends/jobs.js'
import { friendRoutes } from './social/friends/routes.js'
import { gameServerRoutes } from './social/game-servers/routes.js'
import { sweepGroupRequests } from './social/groups/jobs.js'
import { groupRoutes } from './social/groups/routes.js'
import { iceRoutes } from './social/ice/routes.js'
import { copyQueues } from './social/matchmaking/jobs.js'
import { matchmakingRoutes } from './social/matchmaking/routes.js'
import { tidyParties } from './social/parties/jobs.js'
import { partyRoutes } from './social/parties/routes.js'
import { presenceRoutes } from './social/presence/routes.js'
import { realtimeRoutes } from './social/realtime/routes.js'
import { answerHosts } from './social/rooms/jobs.js'
import { roomRoutes } from './social/rooms/routes.js'
import { keepAuditSealed } from './studio/audit/jobs.js'
import { auditRoutes } from './studio/audit/routes.js'
import { keepBilling } from './studio/billing/jobs.js'
import { billingRoutes } from './studio/billing/routes.js'
import { invitationRoutes } from './studio/invitations/routes.js'
import { keyRoutes } from './studio/keys/routes.js'
import { memberRoutes } from './studio/members/routes.js'
import { organizationRoutes } from './studio/organizations/routes.js'
import { clearingAway } from './studio/projects/jobs.js'
import { projectRoutes } from './studio/projects/routes.js'
import { promotionRoutes } from './studio/promotion/routes.js'
import { memberSecondFactorRoutes } from './studio/second-factor/routes.js'
import { settingRoutes } from './studio/settings/routes.js'
import { teamRoutes } from './studio/teams/routes.js'
import { deliverWebhooks, forgetOldEvents } from './studio/webhooks/jobs.js'
import { webhookRoutes } from './studio/webhooks/routes.js'

/** A wing: what it answers, and what it does by the clock. */
interface Wing {
  routes: readonly Route<Ctx>[]
  jobs: readonly ((parts: Parts, log: Logger) => Closable)[]
}

/** The floor plan: a wing is a service that can run alone, and these are its features. */
export const wings: Record<string, Wing> = {
  studio: {
    routes: [
      ...memberRoutes,
      ...memberSecondFactorRoutes,
      ...organizationRoutes,
      ...teamRoutes,
      ...invitationRoutes,
      ...projectRoutes,
      ...promotionRoutes,
      ...keyRoutes,
      ...settingRoutes,
      ...mailRoutes,
      ...authProviderRoutes,
      ...webhookRoutes,
      ...auditRoutes,
      ...billingRoutes,
    ],
    jobs: [
      clearingAway(playerData),
      keepAuditSealed,
      deliverWebhooks,
      forgetOldEvents,
      keepBilling,
    ],
  },
  players: {
    routes: [
      ...authRoutes,
      ...emailRoutes,
      ...captchaRoutes,
      ...oauthRoutes,
      ...secondFactorRoutes,
      ...passkeyRoutes,
      ...pageRoutes,
      ...profileRoutes,
      ...preferenceRoutes,
      ...privacyRoutes,
      ...policyRoutes,
      ...ageRoutes,
      ...linkingRoutes,
      ...mergeRoutes,
      ...exportRoutes,
      ...erasureRoutes,
      ...nonceRoutes,
      ...supportRoutes,
      ...tokenRoutes,
    ],
    jobs: [
      carryMail,
      sweepCodes,
      rotateKeys,
      keepAccountsTidy,
      confirmParentalConsents,
      keepRetention,
      finishMerges,
      makeExports,
      erasePlayers,
      keepTombstones,
    ],
  },
  progress: {
    routes: [
      ...saveRoutes,
      ...saveUploadRoutes,
      ...saveFormatRoutes,
      ...formatRunRoutes,
      ...documentRoutes,
      ...worldRoutes,
      ...leaderboardRoutes,
      ...ratingRoutes,
    ],
    jobs: [
      keepRanksTrue,
      keepReportsTidy,
      keepFormatRuns,
      keepSavesTidy,
      sweepSaveOrphans,
      keepUploadsTidy,
      keepDocumentIndexes,
      trimWorlds,
    ],
  },
  social: {
    routes: [
      ...realtimeRoutes,
      ...iceRoutes,
      ...friendRoutes,
      ...presenceRoutes,
      ...chatRoutes,
      ...groupRoutes,
      ...partyRoutes,
      ...matchmakingRoutes,
      ...roomRoutes,
      ...gameServerRoutes,
    ],
    jobs: [
      sweepFriendRequests,
      answerRelays,
      answerHosts,
      forgetChat,
      endModerators,
      sweepGroupRequests,
      tidyParties,
      copyQueues,
    ],
  },
}

/** The wings that `SERVICES` names. */
export function wingsOf(services: readonly string[]): Wing[] {
  const names = services.includes('all') ? Object.keys(wings) : services
  return names.map(name => {
    const wing = wings[name]
    if (wing === undefined) {
      throw new Error(`SERVICES names ${name}; there are all, ${Object.keys(wings).join(', ')}`)
    }
    return wing
  })
}
