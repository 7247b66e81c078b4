import { audit } from '@aethex/shared/audit'
import { once, violatedConstraint } from '@aethex/shared/db'
import { notFound } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { addNote, listNotes, type NoteRow } from './store.js'

const toNote = ({ author_kind: kind, author_id: id, created_at, ...row }: NoteRow) => ({
  id: row.id,
  text: row.text,
  author: { kind, id },
  created_at: created_at.toISOString(),
})

/** Writes down something about a player, for colleagues. Throws `not_found`. */
export async function writeNote(ctx: Ctx, playerId: string, text: string) {
  const environmentId = environmentOf(ctx)
  const author = auditActorOf(ctx)
  return ctx.db
    .within(environmentId, walled =>
      once(walled, ctx.idempotency, async tx => {
        const note = { id: uuidv7(), text, author, now: ctx.now() }
        const row = await addNote(environmentId, tx, playerId, note)
        await audit(tx, {
          environmentId,
          actor: author,
          action: 'players.notes.create',
          target: playerId,
          // The text itself can be forgotten with the player, the audit log cannot.
          details: { note_id: row.id },
          requestId: ctx.requestId,
        })
        return { note: toNote(row) }
      }),
    )
    .catch(error => {
      const isUnknown = violatedConstraint(error) === 'player_note_environment_id_player_id_fkey'
      throw isUnknown ? notFound() : error
    })
}

/** What colleagues wrote down about a player, newest first. */
export async function listPlayerNotes(
  ctx: Ctx,
  playerId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const environmentId = environmentOf(ctx)
  const before = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await ctx.db.within(environmentId, tx =>
    listNotes(environmentId, tx, playerId, before, page.limit + 1),
  )
  return pageOf(rows, page.limit, toNote, row => row.id)
}
