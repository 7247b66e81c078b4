import type { SharedStack } from '@aethex/shared/testing'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import pg from 'pg'

/** What lies in the store, held against what the rows say. */
export interface StoredObjects {
  /** What a row needs and is not there: a pack without an object, or a version without the row of its pack. */
  dangling: string[]
  /** Objects that no row knows of: writes whose row never came. */
  orphans: number
}

async function keysUnder(stack: SharedStack, prefix: string): Promise<Set<string>> {
  const { endpoint, region, bucket, access_key_id, secret_access_key } = stack.s3
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: access_key_id, secretAccessKey: secret_access_key },
  })
  const keys = new Set<string>()
  let ContinuationToken: string | undefined
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }),
    )
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.add(Key)
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  client.destroy()
  return keys
}

async function packsOfRows(stack: SharedStack, playerId: string) {
  const database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
  const ask = async (sql: string) => {
    const { rows } = await database.query<{ pack_id: string }>(sql, [playerId])
    return rows.map(row => row.pack_id)
  }
  try {
    return {
      known: await ask('SELECT pack_id FROM save_pack WHERE player_id = $1'),
      unknown: await ask(
        `SELECT DISTINCT pack_id FROM save_version v, unnest(v.packs) AS pack_id
         WHERE v.player_id = $1 AND pack_id NOT IN (SELECT pack_id FROM save_pack WHERE player_id = $1)`,
      ),
    }
  } finally {
    await database.end()
  }
}

/** Compares the objects of a player with the rows of that player. */
export async function compareObjects(
  stack: SharedStack,
  environmentId: string,
  playerId: string,
): Promise<StoredObjects> {
  const prefix = `saves/${environmentId}/${playerId}/`
  const packs = await packsOfRows(stack, playerId)
  const present = await keysUnder(stack, prefix)
  const needed = new Set(packs.known.map(packId => `${prefix}${packId}`))
  return {
    dangling: [
      ...[...needed].filter(key => !present.has(key)),
      ...packs.unknown.map(packId => `the row of pack ${packId}`),
    ],
    orphans: [...present].filter(key => !needed.has(key)).length,
  }
}
