export {
  type Asserted,
  assertionOptions,
  type Ceremony,
  type RelyingParty,
  registrationOptions,
  verifyAssertion,
  verifyRegistration,
} from './ceremonies.js'
export { type FactorRows, factorRows } from './factor-rows.js'
export {
  confirmTotp,
  describeFactors,
  enrolTotp,
  type FactorCode,
  type FactorParts,
  proveFactor,
  renewRecoveryCodes,
} from './factors.js'
export type { Owner } from './owner.js'
export { type PasskeyRow, type PasskeyRows, passkeyRows, toPasskey } from './passkey-rows.js'
export { closePending, type FactorKind, factorKinds, openPending, tryPending } from './pending.js'
export { gameParty, platformParty } from './relying-party.js'
