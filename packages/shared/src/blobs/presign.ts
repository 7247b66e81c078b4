import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { BlobSettings } from './settings.js'

/** What an address allows to be put: exactly so many bytes of that type. */
export interface PutTerms {
  size: number
  contentType: string
  /** At most 300. */
  expiresInSeconds: number
}

const longestSeconds = 300

/**
 * Signs addresses at which one object can be put (Signature Version 4 in the query). Host, length and type are part
 * of what is signed, so the store refuses any other body.
 */
export function openPresigner(settings: BlobSettings, endpoint: string) {
  const { region, bucket: Bucket, accessKeyId, secretAccessKey } = settings
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    // The checksum of a body that is not there yet would be signed along, and no other one let in.
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  return async (Key: string, terms: PutTerms): Promise<string> => {
    const { size: ContentLength, contentType: ContentType, expiresInSeconds } = terms
    const command = new PutObjectCommand({ Bucket, Key, ContentLength, ContentType })
    return getSignedUrl(client, command, {
      expiresIn: Math.min(expiresInSeconds, longestSeconds),
      signableHeaders: new Set(['host', 'content-length', 'content-type']),
    })
  }
}
