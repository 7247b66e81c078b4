import { z } from 'zod'
import { flawOfText, tidyText } from './plain-text.js'

/** Plain text of players: nobody reads markup or follows links in it. `min` is 0 where it may be left out. */
export const PlainText = (min: 0 | 1, max: number) =>
  z
    .string()
    .max(max * 4)
    .transform(tidyText)
    .superRefine((tidy, ctx) => {
      const flaw = tidy === '' && min === 0 ? undefined : flawOfText(tidy, max)
      if (flaw !== undefined) ctx.addIssue({ code: 'custom', message: flaw })
    })
    .meta({ openapi: { type: 'string', minLength: min, maxLength: max } })
