import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { readSetting } from '../../studio/settings/service.js'
import { names } from './settings.js'
import { bareSkeletonOf } from './skeleton.js'
import { findProjectName } from './store.js'

// Whoever carries such a name is believed to speak for the game.
const staff =
  `admin administrator moderator mod support helpdesk help system staff official developer gamemaster gm operator
  root security anonymous everyone null undefined deleted aethex`.split(/\s+/)

/** What is wrong with a name that has the right form; undefined when players may have it. */
function flawOf(name: string, reserved: readonly string[], blocked: readonly string[]) {
  const looks = [bareSkeletonOf(name), bareSkeletonOf(name.replace(/\d+$/, ''))]
  const drawn = (words: readonly string[]) => words.map(bareSkeletonOf).filter(word => word !== '')
  if (drawn(reserved).some(word => looks.includes(word))) return 'is reserved'
  if (drawn(blocked).some(word => looks.some(look => look.includes(word)))) {
    return 'has a word that is not allowed here'
  }
  return undefined
}

/**
 * Refuses names of staff, of the project, and what the studio reserved or blocked, whatever look-alike letters,
 * accents, signs or digits they are dressed in. Throws `invalid_request`.
 */
export async function assertNameAllowed(
  environmentId: string,
  db: Db,
  name: string,
  pointer = '/username',
): Promise<void> {
  const rules = await readSetting(environmentId, db, names)
  const project = await findProjectName(environmentId, db)
  const length = [...name].length
  const reason =
    length < rules.min_length
      ? `is shorter than ${rules.min_length} characters`
      : length > rules.max_length
        ? `is longer than ${rules.max_length} characters`
        : flawOf(name, [...staff, ...rules.reserved, project ?? ''], rules.blocked)
  if (reason === undefined) return
  throw new Problem('invalid_request', {
    detail: `${pointer}: ${reason}`,
    errors: [{ pointer, reason }],
  })
}
