import { deriveKey, seal, unseal } from './sealing.js'

/** Seals what must be stored but not read by whoever reads the database: provider secrets, letters, webhook secrets. */
export interface Vault {
  /** The key of a purpose, for signatures that only we check. */
  keyFor(purpose: string): Buffer
  /** `purpose` names the kind of secret: what was sealed for one cannot be opened as another. */
  seal(purpose: string, plain: string): Buffer
  /** Throws when it was sealed for another purpose, with another key, or has changed. */
  unseal(purpose: string, sealed: Uint8Array): string
}

/** AES-256-GCM under a key per purpose, derived from the master key. */
export function openVault(masterKey: Uint8Array): Vault {
  const keys = new Map<string, Buffer>()
  const keyFor = (purpose: string): Buffer => {
    const known = keys.get(purpose) ?? deriveKey(masterKey, purpose)
    keys.set(purpose, known)
    return known
  }
  return {
    keyFor,
    seal: (purpose, plain) => seal(keyFor(purpose), Buffer.from(plain)),
    unseal: (purpose, sealed) => unseal(keyFor(purpose), sealed).toString(),
  }
}
