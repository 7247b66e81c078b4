import { openBlobs } from '@aethex/shared/blobs'
import { freshEnvironment, freshPlayer } from '@aethex/shared/testing'
import { tiers } from '@aethex/shared/tiers'
import { afterAll, expect, inject, test } from 'vitest'
import { noise } from '../../testing/raw-saves.js'
import { openStored } from '../../testing/stored.js'
import { uploaderOf } from '../../testing/upload-client.js'
import { sweepOrphans } from './sweeping.js'

const stack = inject('stack')
const stored = openStored(stack)
const { endpoint, region, bucket, access_key_id, secret_access_key } = stack.s3
const keys = { accessKeyId: access_key_id, secretAccessKey: secret_access_key }
const blobs = openBlobs({ endpoint, region, bucket, ...keys })
const monthMs = 30 * 86_400_000

afterAll(async () => {
  await blobs.close()
  await stored.close()
})

test('the packs of an upload that goes on are nobody’s left-overs, nor those of its version', async () => {
  const { organizationId, ...environment } = await freshEnvironment(stack)
  const player = await freshPlayer({ organizationId, ...environment })
  const upload = uploaderOf(stack.api_url, player.headers)
  const agreement = async () => ({
    ...tiers.free,
    organizationId,
    tier: 'free' as const,
    priceMinor: 0,
    contract: undefined,
  })
  const parts = {
    db: stored.db,
    blobs,
    now: () => new Date(Date.now() + monthMs),
    usage: { agreement },
  }
  const folder = `${environment.environmentId}/${player.id}/`
  const { upload_id: uploadId } = await upload.sent(noise(9_000_000))
  expect(await sweepOrphans(parts, folder)).toBe(0)
  expect((await upload.complete(uploadId)).status).toBe(201)
  expect(await sweepOrphans(parts, folder)).toBe(0)
})
