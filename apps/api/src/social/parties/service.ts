export { partyOf } from './brief.js'
export { createParty, readOwnParty, refreshMirror, setReadiness, updateParty } from './forming.js'
export {
  acceptInvitation,
  cancelInvitation,
  declineInvitation,
  inviteToParty,
  listInvitations,
} from './invitations.js'
export { joinParty, kickFromParty, leaveParty, promoteLeader } from './membership.js'
export { readAnyParty, readPartyOf, removeAnyParty } from './moderation.js'
export type { PartyBrief } from './store.js'
