import { z } from 'zod'
import { setting } from '../../gateway/setting.js'
import { Country } from './schema.js'

/** Whether players are asked how old they are, and who counts as a child. */
export const ageGate = setting({
  name: 'age.gate',
  summary: 'Whether players are asked for their age, and below which age they are children.',
  shape: z.strictObject({
    enabled: z.boolean().default(false),
    /** What is asked for. A year is less to know of somebody; who may still be too young counts as a child. */
    ask: z.enum(['birth_date', 'birth_year']).default('birth_date'),
    /** At least this age everywhere; where the law of a country asks for more, that counts. */
    child_below: z.int().min(13).max(18).default(13),
    /** Where the built-in table is out of date: country → age. */
    by_country: z.record(Country, z.int().min(13).max(18)).default({}),
  }),
})
