export { type DataKey, type DataKeys, openDataKeys } from './data-keys.js'
export { type KmsSettings, kmsMasterKeys } from './kms-keys.js'
export { readMasterKeys } from './local-keys.js'
export {
  type MasterKeys,
  UnknownMasterKey,
  type Wrap,
  type WrapContext,
  WrapRefused,
} from './master-keys.js'
export {
  type MasterKeyPlace,
  type MasterKeySettings,
  masterKeyPlaces,
  openMasterKeys,
} from './open-master-keys.js'
export { renewDataKeys } from './renew.js'
export { type Rewrapped, rewrapDataKeys } from './rewrap.js'
export type { RotationParts } from './rotation.js'
