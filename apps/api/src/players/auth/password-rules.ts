import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { isNamedAfter, passwordLength } from '../../gateway/shapes.js'
import { readSetting } from '../../studio/settings/service.js'
import { registration } from './settings.js'
import { findProjectName } from './store.js'

/** What anybody knows of the account that a password is for. */
export interface KnownOfAccount {
  email?: string | null | undefined
  username?: string | undefined
}

/**
 * Refuses a new password that the studio wants longer, or that is the account's e-mail, its first part, its username
 * or the project's name. What no password may be anywhere, the shape of the body has refused already.
 * Throws `invalid_request` at `/password`.
 */
export async function assertPasswordAllowed(
  environmentId: string,
  db: Db,
  password: string,
  { email, username }: KnownOfAccount,
): Promise<void> {
  const { min_password_length: least } = await readSetting(environmentId, db, registration)
  const project = await findProjectName(environmentId, db)
  const address = email ?? undefined
  const flaws = [
    passwordLength(password) < least && `is shorter than ${least} characters`,
    isNamedAfter(password, address, address?.split('@')[0], username) &&
      'is the e-mail or the name of the account',
    isNamedAfter(password, project) && 'is the name of the game',
  ]
  const reason = flaws.find(flaw => typeof flaw === 'string')
  if (reason === undefined) return
  throw new Problem('invalid_request', {
    detail: `/password: ${reason}`,
    errors: [{ pointer: '/password', reason }],
  })
}
