import { z } from 'zod'
import { setting } from '../../gateway/setting.js'
import { Email, text } from '../../gateway/shapes.js'
import { type LetterName, placeholdersOf, playerLetters } from './catalogue.js'
import { hasStrayBraces, namesIn } from './letter-text.js'

const oneLine = (max: number) =>
  text(1, max).refine(value => !/\p{Cc}/u.test(value), 'is more than one line')

/** A language, perhaps of a region: `de`, `pt-BR`. */
export const MailLocale = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Z]{2}|-[A-Z][a-z]{3})?$/, 'is not a language such as de or pt-BR')

/** Refuses placeholders that the letter does not have, and a body without the one thing that the letter is for. */
const Wording = (name: LetterName) => {
  const known = placeholdersOf(name)
  const fits = (value: string) =>
    !hasStrayBraces(value) && namesIn(value).every(at => known.has(at))
  const options = { error: `may hold only {{${[...known].join('}}, {{')}}}` }
  const hasLink = known.has('link') || known.has('code')
  return z.strictObject({
    subject: oneLine(150).refine(fits, options),
    body: text(1, 5_000)
      .refine(fits, options)
      .refine(
        body => !hasLink || namesIn(body).some(at => at === 'link' || at === 'code'),
        'has neither {{link}} nor {{code}}',
      ),
    button: oneLine(60)
      .refine(label => !label.includes('{{'), 'is the same in every letter')
      .optional(),
  })
}

const wordings = Object.fromEntries(
  playerLetters.map(name => [name, z.record(MailLocale, Wording(name)).optional()] as const),
)

/** The studio's own wording of players' letters, per letter and language. */
export const mailTemplates = setting({
  name: 'mail.templates',
  summary: "The studio's own wording of letters to players, per letter and language; paid tiers.",
  shape: z.strictObject({ letters: z.strictObject(wordings).default({}) }),
})

/** How letters to players look. */
export const mailBranding = setting({
  name: 'mail.branding',
  summary: 'Name, colour, logo, support address and footer of letters to players; paid tiers.',
  shape: z.strictObject({
    /** Who letters are from; the project's name when null. */
    studio_name: oneLine(60).nullable().default(null),
    /** 48 pixels high in the letter. */
    logo_url: z
      .url({ protocol: /^https$/ })
      .max(2_048)
      .nullable()
      .default(null),
    /** Of the button; its text is black or white, whichever is readable. */
    accent_color: z
      .string()
      .regex(/^#[0-9a-f]{6}$/i, 'is not a colour such as #1f5fd0')
      .default('#1f5fd0'),
    /** Where answers go. */
    support_email: Email.nullable().default(null),
    footer: text(0, 500).default(''),
  }),
})
