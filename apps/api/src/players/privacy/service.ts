export { answerAge } from './child-accounts.js'
export {
  agreedAmong,
  getConsents,
  getPermissions,
  grantedPurposes,
  permissionsOf,
  setConsents,
} from './consents.js'
export { changeGrants, eraseChild, reviewChild, revokeParentalConsent } from './parent-access.js'
export { giveParentalConsent, readNotice } from './parental-answer.js'
export { sendConfirmations } from './parental-letters.js'
export { requestParentalConsent } from './parental-request.js'
export { readPrivacyRecord } from './privacy-record.js'
export { applyRetention, type Eraser, listRetentionProofs } from './retention.js'
