export {
  CreationOptions,
  examples,
  NewPasskey,
  OnePasskey,
  PasskeyAnswer,
  PasskeyList,
  PasskeyLogin,
  PasskeyName,
  RequestOptions,
} from '../../players/passkeys/schema.js'
export {
  FactorProof,
  FactorStatus,
  Fresh,
  Reauthentication,
  RecoveryCodes,
  SecondStep,
  TotpAnswer,
  TotpConfirmation,
} from '../../players/second-factor/schema.js'
export { MemberSignedIn } from '../members/schema.js'
