import type { Db } from '@aethex/shared/db'
import { notFound } from '@aethex/shared/errors'
import { readSetting } from '../../studio/settings/service.js'
import { type RatingRules, ratingSystems } from './settings.js'

/** The rules of a rating, if the studio has declared it. */
export async function findRules(
  environmentId: string,
  db: Db,
  rating: string,
): Promise<RatingRules | undefined> {
  const { ratings } = await readSetting(environmentId, db, ratingSystems)
  return Object.hasOwn(ratings, rating) ? ratings[rating] : undefined
}

/** The same; 404 when there is no such rating. */
export async function getRules(environmentId: string, db: Db, rating: string) {
  const rules = await findRules(environmentId, db, rating)
  if (rules === undefined) throw notFound()
  return rules
}
