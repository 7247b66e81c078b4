import {
  freshEnvironment,
  freshPlayer,
  type SharedStack,
  type TestPlayer,
} from '@aethex/shared/testing'
import { PlayerRatingAnswer, RatingHistory } from '../progress/ratings/schema.js'
import { callerOf, inParallel } from './caller.js'

/** An environment of its own that has declared ratings, and players to be rated, who are named by their index. */
export async function openRatingStage(stack: SharedStack, ratings: object, playerCount: number) {
  const environment = await freshEnvironment(stack)
  const players = await inParallel(playerCount, () => freshPlayer(environment))
  const server = callerOf(stack.api_url, { 'x-api-key': environment.secretKey })
  const member = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  const setting = `/studio/environments/${environment.environmentId}/settings/ratings.systems`
  const declare = (given: object) => member('PUT', setting, { ratings: given })
  const declared = await declare(ratings)
  if (declared.status !== 200) throw new Error(JSON.stringify(declared.body))

  const player = (index: number): TestPlayer => {
    const found = players[index]
    if (found === undefined) throw new Error(`there is no player ${index}`)
    return found
  }
  const id = (index: number) => player(index).id
  let matches = 0
  const freshMatch = () => `match:${++matches}`
  const report = (rating: string, teams: unknown, match_id = freshMatch(), caller = server) =>
    caller('POST', `/ratings/${rating}/results`, { match_id, teams })
  const path = (rating: string, index: number) => `/ratings/${rating}/players/${id(index)}`

  return {
    environment,
    server,
    member,
    declare,
    id,
    freshMatch,
    report,
    /** Calls as a player. */
    by: (index: number) => callerOf(stack.api_url, player(index).headers),
    /** Sides of a match by their players' indexes, the best first. */
    ranked: (...sides: number[][]) =>
      sides.map((side, place) => ({ players: side.map(id), rank: place + 1 })),
    read: async (rating: string, index: number, caller = server) =>
      PlayerRatingAnswer.parse((await caller('GET', path(rating, index))).body).rating,
    historyOf: async (rating: string, index: number, query = '', caller = server) =>
      RatingHistory.parse((await caller('GET', `${path(rating, index)}/history${query}`)).body),
  }
}

export type RatingStage = Awaited<ReturnType<typeof openRatingStage>>
