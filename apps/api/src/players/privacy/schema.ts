import { z } from 'zod'

/** What a player can agree to. Nothing counts as agreed until they said so. */
export const purposes = ['analytics', 'marketing', 'voice', 'third_parties'] as const
export type Purpose = (typeof purposes)[number]

export const Consents = z
  .object({
    analytics: z.boolean(),
    marketing: z.boolean(),
    voice: z.boolean(),
    third_parties: z.boolean(),
  })
  .meta({ id: 'Consents' })

export const ConsentAnswer = z.object({ consents: Consents })

export const ConsentChange = z.strictObject({
  analytics: z.boolean().optional(),
  marketing: z.boolean().optional(),
  voice: z.boolean().optional(),
  third_parties: z.boolean().optional(),
})
