import { Problem } from '@aethex/shared/errors'
import type { Parts } from '../../gateway/context.js'
import { assertNotMuted } from './muted.js'
import { filterOf } from './rules.js'
import { filterWords } from './word-filter.js'

/**
 * What makes of a text that players write elsewhere than in chat one that may stand there. No moderator looks at it
 * there, so that `flag` puts stars over words as `mask` does. Throws `message_refused`.
 */
export async function admitElsewhere(
  parts: Pick<Parts, 'db'>,
  environmentId: string,
): Promise<(text: string) => string> {
  const filter = await filterOf(parts, environmentId)
  return text => {
    const { found, text: masked } = filterWords(text, filter)
    if (found && filter.mode === 'refuse') throw new Problem('message_refused')
    return masked
  }
}

/**
 * Words of a player to others, such as those along with an invitation, as they may stand there. Who may not write in
 * chat writes none here. Throws `chat_muted`, `message_refused`.
 */
export async function admitWords(
  parts: Pick<Parts, 'db' | 'now'>,
  environmentId: string,
  playerId: string,
  text: string,
): Promise<string> {
  if (text === '') return text
  await assertNotMuted(parts, environmentId, parts.db, playerId, undefined)
  return (await admitElsewhere(parts, environmentId))(text)
}
