import { z } from 'zod'

/** A document of the game's own making; a studio may declare its shape with the setting `profiles.preferences`. */
export const Preferences = z.record(z.string().min(1).max(100), z.unknown())

export const PreferencesAnswer = z.object({
  preferences: Preferences,
  /** 0 while nothing was written. */
  version: z.int(),
  updated_at: z.iso.datetime().nullable(),
})
