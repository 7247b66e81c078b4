import { deriveKey } from '../auth/index.js'
import { ConfigError } from '../config/index.js'
import type { Logger } from '../log/index.js'
import { fileMasterKeys } from './key-file.js'
import { type KmsSettings, kmsMasterKeys } from './kms-keys.js'
import { listedMasterKeys } from './local-keys.js'
import { type MasterKeys, masterKeysInTurn } from './master-keys.js'

/** Where a master key may be. The first of them that is set wraps, unless another is named. */
export const masterKeyPlaces = ['kms', 'file', 'environment', 'derived'] as const
export type MasterKeyPlace = (typeof masterKeyPlaces)[number]

export interface MasterKeySettings {
  /** 32 bytes, from which the key of the place `derived` is made. That one is always there. */
  masterKey: Uint8Array
  /** Keys from the environment, the current one first. */
  listed?: readonly Uint8Array[] | undefined
  file?: string | undefined
  kms?: KmsSettings | undefined
  /** Which place wraps. */
  place?: MasterKeyPlace | undefined
}

/**
 * Opens all master keys that are set: one place wraps, all unwrap, so that data keys can be taken from any place to any
 * other while everybody reads. Throws `ConfigError` for a place that is named and not set.
 */
export async function openMasterKeys(
  { masterKey, listed, file, kms, place }: MasterKeySettings,
  log: Logger,
): Promise<MasterKeys> {
  const open: Record<MasterKeyPlace, MasterKeys | undefined> = {
    kms: kms && kmsMasterKeys(kms),
    file: file === undefined ? undefined : await fileMasterKeys(file, log),
    environment: listed && listedMasterKeys(listed),
    derived: listedMasterKeys([deriveKey(masterKey, 'data master key')]),
  }
  const all = masterKeyPlaces.flatMap(name => open[name] ?? [])
  const first = place === undefined ? all[0] : open[place]
  if (first === undefined) throw new ConfigError(`DATA_MASTER_PLACE: ${place} is not set up`)
  return masterKeysInTurn(first, ...all.filter(keys => keys !== first))
}
