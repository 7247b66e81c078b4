export {
  acceptRequest,
  inviteToGroup,
  joinGroup,
  refuseRequest,
  withdrawOwn,
} from './admission.js'
export { createGroup, deleteGroup, updateGroup } from './founding.js'
export {
  banFromGroup,
  changeRole,
  kickMember,
  leaveGroup,
  takeOut,
  unbanFromGroup,
} from './members.js'
export { groupMembership, groupSeat } from './membership.js'
export { moderateGroup, readAnyGroup, removeAnyGroup } from './moderation.js'
export {
  findGroups,
  listGroupBans,
  listGroupMembers,
  listGroupRequests,
  listOwnGroups,
  listOwnRequests,
  readGroup,
} from './reading.js'
