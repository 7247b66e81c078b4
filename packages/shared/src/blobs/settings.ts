export interface BlobSettings {
  endpoint: string
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
  /** Where those outside reach the same store, if they do. */
  publicEndpoint?: string | undefined
}
