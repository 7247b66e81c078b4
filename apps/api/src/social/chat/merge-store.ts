import { type Db, statement } from '@aethex/shared/db'

const moveMute = statement<{ id: string }>(
  'chat.pass_mutes',
  `UPDATE chat_mute SET player_id = $3 WHERE environment_id = $1 AND player_id = $2
     AND ($4::uuid[] IS NULL OR id = ANY($4::uuid[])) RETURNING id`,
)
const copyMade = statement<{ id: string }>(
  'chat.copy_silences_made',
  `INSERT INTO chat_silence (environment_id, player_id, silenced_id, created_at)
   SELECT environment_id, $3, silenced_id, created_at FROM chat_silence
   WHERE environment_id = $1 AND player_id = $2 AND silenced_id <> $3
   ON CONFLICT DO NOTHING RETURNING silenced_id AS id`,
)
const copyGot = statement<{ id: string }>(
  'chat.copy_silences_got',
  `INSERT INTO chat_silence (environment_id, player_id, silenced_id, created_at)
   SELECT environment_id, player_id, $3, created_at FROM chat_silence
   WHERE environment_id = $1 AND silenced_id = $2 AND player_id <> $3
   ON CONFLICT DO NOTHING RETURNING player_id AS id`,
)
const dropCopies = statement<never>(
  'chat.drop_silences',
  `DELETE FROM chat_silence WHERE environment_id = $1
     AND (player_id = $2 AND silenced_id = ANY($3::uuid[])
       OR silenced_id = $2 AND player_id = ANY($4::uuid[]))`,
)

interface Way {
  from: string
  to: string
}

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id)

/** Gives the mutes of one account to another: all, or those. Answers which. */
export const passMutes = async (
  environmentId: string,
  tx: Db,
  { from, to }: Way,
  only?: readonly string[],
) => idsOf(await tx.all(moveMute, [environmentId, from, to, only ?? null]))

/** Whomever one account does not read, and who does not read it, the other shares. Answers whom that adds. */
export async function copySilences(environmentId: string, tx: Db, { from, to }: Way) {
  const made = idsOf(await tx.all(copyMade, [environmentId, from, to]))
  const got = idsOf(await tx.all(copyGot, [environmentId, from, to]))
  return { made, got }
}

export const dropCopiedSilences = (
  environmentId: string,
  tx: Db,
  playerId: string,
  { made, got }: { made: readonly string[]; got: readonly string[] },
) => tx.one(dropCopies, [environmentId, playerId, made, got])
