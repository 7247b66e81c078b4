import { z } from 'zod'
import { Id, text } from '../../gateway/shapes.js'

export { Permitted } from '../privacy/schema.js'

/** ISO 3166-1, two letters. */
export const Country = z.string().regex(/^[A-Z]{2}$/, 'is not a country such as DE')

/** Neutral on purpose: neither the question nor a refusal says which age would do. */
export const AgeAnswer = z
  .strictObject({
    /** When the setting `age.gate` asks for the date. */
    birth_date: z.iso.date().optional(),
    /** When it asks for the year. */
    birth_year: z.int().min(1_900).max(2_200).optional(),
    country: Country,
    /** The secret of the device, if it has one: it remembers the answer for a day. */
    device_secret: text(32, 256).optional(),
  })
  .refine(
    ({ birth_date, birth_year }) => (birth_date === undefined) !== (birth_year === undefined),
    { path: ['birth_date'], error: 'is given, or `birth_year` is: one of the two' },
  )
export type AgeAnswer = z.output<typeof AgeAnswer>

export const WhichCountry = z.strictObject({ country: Country.optional() })
export const OnePlayer = z.strictObject({ environment_id: Id, player_id: Id })

export const AgeGate = z
  .object({
    /** False: nobody is asked. */
    enabled: z.boolean(),
    ask: z.enum(['birth_date', 'birth_year']),
    country: z.string().nullable(),
  })
  .meta({ id: 'AgeGate' })
