import passport, { type Strategy } from 'passport'
import { ExternalAccount } from './external-account.js'
import { problemIn } from './provider-line.js'

/** What a strategy writes down when it sends the player away, and needs when they come back. */
export type Bag = Record<string, unknown>

type Outcome = { kind: 'away'; url: string } | { kind: 'back'; account: unknown }

/** Lets Passport run a strategy without an HTTP request of its own: all it sees is an address and the bag. */
function drive(strategy: Strategy, address: string, bag: Bag): Promise<Outcome> {
  const { searchParams } = new URL(address)
  const request = {
    method: 'GET',
    url: address,
    query: Object.fromEntries(searchParams),
    session: bag,
  }
  return new Promise((resolve, reject) => {
    const response = {
      setHeader(name: string, value: string) {
        if (name === 'Location') resolve({ kind: 'away', url: value })
      },
      end() {},
    }
    const registry = new passport.Passport().use('provider', strategy)
    const finished = (error: unknown, account: unknown) => {
      if (error) reject(error)
      else if (account) resolve({ kind: 'back', account })
      else reject(new Error('the strategy recognises nobody'))
    }
    registry.authenticate('provider', { session: false }, finished)(request, response, reject)
  })
}

/** Where the player has to go, and what has to be kept until they are back. */
export async function leaveFor(
  strategy: Strategy,
  callback: string,
): Promise<{ url: URL; bag: Bag }> {
  const bag: Bag = {}
  const outcome = await drive(strategy, callback, bag)
  if (outcome.kind !== 'away') throw new Error('the strategy sends nobody away')
  return { url: new URL(outcome.url), bag }
}

/** Who came back with this answer. Throws `provider_refused`, `provider_timeout` and the like. */
export async function comeBack(
  strategy: Strategy,
  answer: string,
  bag: Bag,
): Promise<ExternalAccount> {
  const outcome = await drive(strategy, answer, bag).catch(error => {
    throw problemIn(error)
  })
  if (outcome.kind !== 'back') throw new Error('the strategy sends the player away again')
  return ExternalAccount.parse(outcome.account)
}
