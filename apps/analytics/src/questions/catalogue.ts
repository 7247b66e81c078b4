import { Count, question } from './question.js'
import { DailyActivePlayers, EventsOfDay, EventsPerDay, PlayersOfDay } from './schema.js'

// FINAL leaves one row of every event id, also before ClickHouse has merged a repeated one away.
const asked = `FROM events FINAL
  WHERE environment_id = {environment_id:UUID}
    AND toDate(time, 'UTC') BETWEEN {from:Date} AND {to:Date}`

export const eventsPerDay = question({
  params: EventsPerDay,
  row: EventsOfDay.extend({ events: Count }),
  sql: `SELECT toDate(time, 'UTC') AS day, name, toString(count()) AS events ${asked}
    AND ({name:String} = '' OR name = {name:String})
  GROUP BY day, name ORDER BY day, name`,
})

export const dailyActivePlayers = question({
  params: DailyActivePlayers,
  row: PlayersOfDay.extend({ players: Count }),
  sql: `SELECT toDate(time, 'UTC') AS day, toString(uniqExact(player_id)) AS players ${asked}
    AND player_id IS NOT NULL
  GROUP BY day ORDER BY day`,
})
