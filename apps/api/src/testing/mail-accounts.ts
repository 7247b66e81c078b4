import { randomInt } from 'node:crypto'
import {
  codeInMail,
  type Mailbox,
  mailboxAt,
  type SharedStack,
  type TestEnvironment,
} from '@aethex/shared/testing'
import { SignedIn } from '../players/auth/schema.js'
import { type Caller, callerOf } from './caller.js'

export const password = 'correct horse battery'

/** A player with an e-mail and a password. */
export interface MailAccount {
  id: string
  email: string
  username: string
  /** Calls as this player. */
  as: Caller
  mailbox: Mailbox
}

/** Makes accounts in an environment, and reads their mail at the stack's catcher. */
export function mailAccountsOf(
  stack: SharedStack,
  environment: TestEnvironment,
  apiUrl = environment.apiUrl,
) {
  const key = { 'x-api-key': environment.publishableKey }
  const game = callerOf(apiUrl, key)
  const freshEmail = () => `${crypto.randomUUID()}@player.example`
  const mailboxOf = (email: string) => mailboxAt(stack.mail_url, email)
  const freshName = () => `Reader ${randomInt(1e8, 1e9)}`

  async function freshAccount(): Promise<MailAccount> {
    const [email, username] = [freshEmail(), freshName()]
    const answer = await game('POST', '/auth/register', { email, password, username })
    const { user, session } = SignedIn.parse(answer.body)
    const headers = { ...key, authorization: `Bearer ${session.access_token}` }
    return {
      id: user.id,
      email,
      username,
      as: callerOf(apiUrl, headers),
      mailbox: mailboxOf(email),
    }
  }

  /** Asks for a new password, and reads its code from the letter that is the `count`th of its kind. */
  async function resetCodeOf(
    { email, mailbox }: Pick<MailAccount, 'email' | 'mailbox'>,
    count = 1,
  ) {
    await game('POST', '/auth/password/forgot', { email })
    return codeInMail(await mailbox.next(/new password/, count))
  }

  const login = (email: string, given = password) =>
    game('POST', '/auth/login', { email, password: given })

  return { game, freshEmail, freshName, freshAccount, mailboxOf, resetCodeOf, login }
}
