import type { Closable } from '../lifecycle/index.js'

/** Which data key is wrapped: a wrap opens for this one and for no other. */
export interface WrapContext {
  /** In lower case, as PostgreSQL writes it. */
  environmentId: string
  keyId: number
}

export interface Wrap {
  /** The fingerprint of a key of ours (`local:…`), or the ARN of one in a KMS. */
  masterKeyId: string
  wrapped: Uint8Array
}

/** Who wraps data keys. The master key itself never leaves its adapter. */
export interface MasterKeys extends Closable {
  /** The id of the key that wraps from now on. Asked each time: a file or an alias may have changed. */
  currentId(): Promise<string>
  wrap(plain: Uint8Array, context: WrapContext): Promise<Wrap>
  /**
   * Throws `WrapRefused` for what was altered or wrapped for another context, `UnknownMasterKey` for a key that is not
   * listed here, and whatever its KMS threw when that does not answer.
   */
  unwrap(masterKeyId: string, wrapped: Uint8Array, context: WrapContext): Promise<Buffer>
}

/** The wrap does not belong where it was found. Nobody of ours writes such a row: this is an alarm. */
export class WrapRefused extends Error {}

/** No configured master key has this id. */
export class UnknownMasterKey extends Error {
  constructor(masterKeyId: string) {
    super(`no configured master key is ${masterKeyId}`)
  }
}

/** Wraps, and sees to it that the wrap opens: a data key that does not takes all it has sealed with it. */
export async function wrapSurely(
  masterKeys: MasterKeys,
  plain: Uint8Array,
  context: WrapContext,
): Promise<Wrap> {
  const wrap = await masterKeys.wrap(plain, context)
  const opened = await masterKeys.unwrap(wrap.masterKeyId, wrap.wrapped, context)
  if (!opened.equals(plain)) throw new Error('what was wrapped does not come back')
  return wrap
}

/** Wraps with the first and unwraps with whichever knows the key: how one kind of master keys follows another. */
export function masterKeysInTurn(first: MasterKeys, ...others: MasterKeys[]): MasterKeys {
  const all = [first, ...others]
  return {
    currentId: () => first.currentId(),
    wrap: (plain, context) => first.wrap(plain, context),
    unwrap: async (masterKeyId, wrapped, context) => {
      for (const keys of all) {
        try {
          return await keys.unwrap(masterKeyId, wrapped, context)
        } catch (error) {
          if (!(error instanceof UnknownMasterKey)) throw error
        }
      }
      throw new UnknownMasterKey(masterKeyId)
    },
    close: async () => {
      for (const keys of all) await keys.close()
    },
  }
}
