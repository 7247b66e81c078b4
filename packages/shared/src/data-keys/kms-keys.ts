import {
  DecryptCommand,
  EncryptCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  KMSClient,
} from '@aws-sdk/client-kms'
import { localPrefix } from './local-keys.js'
import {
  type MasterKeys,
  UnknownMasterKey,
  type Wrap,
  type WrapContext,
  WrapRefused,
} from './master-keys.js'

export interface KmsSettings {
  /** The id, ARN or alias of the key that wraps. */
  keyId: string
  region: string
  /** Of what speaks as AWS KMS does; that of the region unless it is set. */
  endpoint?: string | undefined
  /** Those that the AWS SDK finds (environment, role of the machine or of the service account) unless they are set. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined
}

// KMS keeps it in its log, and key policies may ask for it (kms:EncryptionContext:environment_id).
const encryptionContext = ({ environmentId, keyId }: WrapContext) => ({
  environment_id: environmentId,
  data_key: String(keyId),
})

const nobodys: WrapContext = { environmentId: '00000000-0000-0000-0000-000000000000', keyId: 0 }

const isRefusal = (error: unknown) =>
  error instanceof InvalidCiphertextException || error instanceof IncorrectKeyException

/**
 * A key that never leaves a KMS (AWS KMS API 2014-11-01: Encrypt and Decrypt). Whatever key a row names is tried:
 * which ones may be used is for the policies of the KMS to say.
 */
export function kmsMasterKeys({ keyId, region, endpoint, credentials }: KmsSettings): MasterKeys {
  const client = new KMSClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 1_500,
      throwOnRequestTimeout: true,
    },
  })
  async function wrap(plain: Uint8Array, context: WrapContext): Promise<Wrap> {
    const { KeyId: masterKeyId, CiphertextBlob: wrapped } = await client.send(
      new EncryptCommand({
        KeyId: keyId,
        Plaintext: plain,
        EncryptionContext: encryptionContext(context),
      }),
    )
    if (masterKeyId !== undefined && wrapped !== undefined) return { masterKeyId, wrapped }
    throw new Error('the KMS has not said what it wrapped')
  }
  return {
    wrap,
    // An alias does not say which key it stands for, and asking needs a right of its own; a wrap says it.
    currentId: async () => (await wrap(Buffer.alloc(1), nobodys)).masterKeyId,
    unwrap: async (masterKeyId, wrapped, context) => {
      if (masterKeyId.startsWith(localPrefix)) throw new UnknownMasterKey(masterKeyId)
      try {
        const { Plaintext: plain } = await client.send(
          new DecryptCommand({
            KeyId: masterKeyId,
            CiphertextBlob: wrapped,
            EncryptionContext: encryptionContext(context),
          }),
        )
        if (plain === undefined) throw new Error('the KMS has unwrapped nothing')
        return Buffer.from(plain)
      } catch (error) {
        if (!isRefusal(error)) throw error
        throw new WrapRefused('a wrapped key was altered or moved', { cause: error })
      }
    },
    close: async () => client.destroy(),
  }
}
