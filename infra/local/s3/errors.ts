const answers = {
  AccessDenied: [403, 'Access denied.'],
  AuthorizationHeaderMalformed: [400, 'The Authorization header is malformed.'],
  AuthorizationQueryParametersError: [400, 'The signature in the query string is malformed.'],
  BadDigest: [400, 'The checksum you sent does not match the body that arrived.'],
  BucketAlreadyOwnedByYou: [409, 'The bucket exists already.'],
  EntityTooLarge: [400, 'The body is larger than allowed.'],
  EntityTooSmall: [400, 'Every part but the last must have at least 5 MiB.'],
  IncompleteBody: [400, 'The body is shorter or longer than announced.'],
  InternalError: [500, 'The server failed; try again.'],
  InvalidAccessKeyId: [403, 'The access key id is unknown.'],
  InvalidArgument: [400, 'An argument is invalid.'],
  InvalidBucketName: [400, 'The bucket name is invalid.'],
  InvalidDigest: [400, 'Content-MD5 is not a base64 MD5.'],
  InvalidPart: [400, 'A listed part was not uploaded or has another ETag.'],
  InvalidPartOrder: [400, 'The parts must be listed in ascending order.'],
  InvalidRange: [416, 'The range lies outside of the object.'],
  InvalidRequest: [400, 'The request is invalid.'],
  InvalidURI: [400, 'The request path or query cannot be decoded.'],
  KeyTooLongError: [400, 'A key may have at most 1024 bytes.'],
  MalformedTrailerError: [400, 'A trailer is malformed or missing.'],
  MalformedXML: [400, 'The XML of the request is malformed.'],
  MetadataTooLarge: [400, 'User metadata may have at most 2048 bytes.'],
  NoSuchBucket: [404, 'The bucket does not exist.'],
  NoSuchKey: [404, 'The key does not exist.'],
  NoSuchUpload: [404, 'The multipart upload does not exist.'],
  NotImplemented: [501, 'The local S3 server does not implement this.'],
  PreconditionFailed: [412, 'A precondition of the request does not hold.'],
  RequestTimeTooSkewed: [403, 'The date of the request is more than 15 minutes off.'],
  SignatureDoesNotMatch: [403, 'The signature does not match the request.'],
  XAmzContentSHA256Mismatch: [400, 'x-amz-content-sha256 does not match the body that arrived.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type S3ErrorCode = keyof typeof answers

/** A failure the client is told about; codes and statuses are those of the S3 API reference. */
export class S3Error extends Error {
  readonly status: number

  constructor(
    readonly code: S3ErrorCode,
    detail?: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(detail ?? answers[code][1])
    this.status = answers[code][0]
  }
}

/** The system error code of a failed file operation, such as ENOENT. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Resolves to undefined instead of failing when the file or folder does not exist. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
