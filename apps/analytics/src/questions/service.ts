import { Problem } from '@aethex/shared/errors'
import type { AnalyticsContext } from '../context.js'
import { dailyActivePlayers, eventsPerDay } from './catalogue.js'
import { maxRows } from './question.js'
import type { Query } from './schema.js'

function ask({ store, identity }: AnalyticsContext, query: Query) {
  const environmentId = identity.environment_id
  switch (query.question) {
    case 'events_per_day':
      return eventsPerDay.ask(store, environmentId, { ...query, name: query.name ?? '' })
    case 'daily_active_players':
      return dailyActivePlayers.ask(store, environmentId, query)
  }
}

/** Answers a question about the caller's environment; an answer is whole or refused, never cut. */
export async function answerQuestion(ctx: AnalyticsContext, query: Query) {
  const rows = await ask(ctx, query)
  if (rows.length > maxRows) {
    throw new Problem('invalid_request', {
      detail: `The answer has more than ${maxRows} rows; ask for fewer days or for one name.`,
    })
  }
  return { rows }
}
