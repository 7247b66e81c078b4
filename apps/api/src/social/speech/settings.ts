import { z } from 'zod'
import { setting } from '../../gateway/setting.js'
import { text } from '../../gateway/shapes.js'
import { languages } from './word-lists.js'

export const chatFilter = setting({
  name: 'chat.filter',
  summary: 'Which words players may not use, and what happens to them.',
  shape: z.strictObject({
    /** `mask` puts stars in their place, `refuse` turns the message down, `flag` lets it pass and reports it. */
    mode: z.enum(['off', 'mask', 'refuse', 'flag']).default('mask'),
    /** Whose built-in lists count. */
    languages: z
      .array(z.enum(languages))
      .max(languages.length)
      .default([...languages]),
    /** The studio's own words, in every spelling that looks like them; whole words only. */
    words: z.array(text(1, 64)).max(2_000).default([]),
    /** Words that pass although a list has them. */
    allow: z.array(text(1, 64)).max(2_000).default([]),
  }),
})
